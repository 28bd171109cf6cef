// Build into a temporary folder and compare every file with the committed ones; exit 1 and name the difference.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const MOST = 140_000; // bytes, gzipped, of all files
const here = fileURLToPath(new URL('..', import.meta.url));
const committed = join(here, '../src/ganarium/web/static');
const built = mkdtempSync(join(tmpdir(), 'ganarium-page-'));

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .sort();
}

const faults = [];
try {
  execFileSync(process.execPath, [join(here, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: here,
    env: { ...process.env, GANARIUM_BUILT: built },
    stdio: 'inherit',
  });
  const names = new Set([...files(built), ...files(committed)]);
  let weight = 0;
  for (const name of names) {
    const [now, then] = [built, committed].map((folder) => {
      try {
        return readFileSync(join(folder, name));
      } catch {
        return null;
      }
    });
    if (now) weight += gzipSync(now).length;
    if (!now) faults.push(`${name} is committed but not built`);
    else if (!then) faults.push(`${name} is built but not committed`);
    else if (!now.equals(then)) faults.push(`${name} differs from the source`);
  }
  if (weight > MOST) faults.push(`the page weighs ${weight} bytes gzipped; at most ${MOST}`);
  console.log(`${names.size} files, ${weight} bytes gzipped`);
} finally {
  rmSync(built, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
if (faults.length) console.error('Run `npm run build` in frontend/ and commit src/ganarium/web/static.');
process.exit(faults.length ? 1 : 0);
