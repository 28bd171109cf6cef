// A stand-in for `ganarium watch` that serves the built page and answers from real run folders.
// For development only: node dev/mock-server.mjs RUNS [PORT] [--many] [--live]
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder, port = '8123'] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const many = process.argv.includes('--many');
const live = process.argv.includes('--live');
const readOnly = process.argv.includes('--read-only');
const files = fileURLToPath(new URL('../../src/ganarium/web/static/', import.meta.url));
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const runs = new Map();
for (const name of readdirSync(folder)) {
  const path = join(folder, name);
  if (!existsSync(join(path, 'experiment.toml'))) continue;
  const lines = readFileSync(join(path, 'events.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const id = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const settings = [];
  let section = '';
  for (const line of readFileSync(join(path, 'experiment.toml'), 'utf8').split('\n')) {
    const head = /^\[(.+)\]$/.exec(line);
    const pair = /^(\w+) = (.+)$/.exec(line);
    if (head) section = `${head[1]}.`;
    else if (pair && !section.startsWith('provenance')) {
      settings.push({ key: section + pair[1], value: pair[2].replaceAll('"', ''), default: '?', changed: settings.length % 9 === 3, doc: 'Number of something, in units of another thing.' });
    }
  }
  runs.set(id, { id, name, path, lines, settings, steered: null, paused: false, slow: null, tags: name.includes('ring') ? ['points', 'good'] : [], note: '' });
}

const of = (run, kind) => run.lines.filter((line) => line.kind === kind && (!live || line.step <= run.now));
const samples = (run) => of(run, 'sample').filter((line) => line.what === 'generated').map((line) => line.step);
const total = (run) => run.lines.at(-1).step;
for (const run of runs.values()) run.now = live ? Math.round(total(run) * 0.4) : total(run);

function summary(run) {
  const span = of(run, 'span').at(-1);
  const score = of(run, 'score')[0];
  const running = live && run.now < total(run);
  const name = run.alias ?? run.name;
  return {
    id: run.id, name, recipe: name.split('-')[0], data: name.split('-')[0],
    status: running ? (run.paused ? 'paused' : 'running') : (run.status ?? 'finished'),
    step: run.now, steps: total(run), seconds: run.lines.at(-1).time, left: running ? 125 : null,
    started: 1780000000, changed: 1780000000 + (run.rank ?? 0) * 60, parent: null, group: run.group ?? null, seed: 0,
    tags: run.tags, note: run.note,
    score: score ? { name: score.name.split('/')[0], value: score.value, floor: score.floor, error: score.error } : null,
    losses: span ? { discriminator: span.means.discriminator, generator: span.means.generator } : null,
    findings: of(run, 'finding').map(({ name, grave }) => ({ name, title: name, grave })), picture: samples(run).at(-1) ?? null,
    error: run.status === 'damaged' ? 'events.jsonl: line 17 is not JSON; everything before it is shown' : null,
  };
}

function detail(run) {
  const last = total(run);
  return {
    summary: summary(run), settings: run.settings,
    layers: ['discriminator', 'generator'].map((network) => ({ network, parameters: 20097, rows: [{ name: 'input', shape: '26', parameters: null }, { name: 'hidden.layers.0', shape: '128', parameters: 3456 }, { name: 'out', shape: '1', parameters: 129 }] })),
    citations: [{ name: 'gan', title: 'Generative adversarial nets', reference: 'Goodfellow et al. 2014 (arXiv 1406.2661)' }],
    command: `ganarium train ${run.name.split('-')[0]} seed=0`, provenance: { torch: '2.13.0', python: '3.11.7' },
    classes: [], shape: [2], translates: false, points: run.name.startsWith('ring') || run.name.startsWith('grid'),
    checkpoints: of(run, 'checkpoint').map((line) => line.step), samples: samples(run),
    findings: [
      ...of(run, 'finding').map((line) => ({ ...line, title: line.name, meaning: '' })),
      { name: 'partial-collapse', title: 'partial mode collapse', grave: true, step: Math.round(last * 0.3), since: Math.round(last * 0.2), text: 'the rarest mode appears at most 18% as often as in the data <b>bold</b>', meaning: 'Some parts of the data are hardly ever generated.', commands: ['fork X --at 100 remedies.spectral_norm=true'], remedies: [{ label: 'objective=relativistic remedies.r1.gamma=0.1', words: ['objective=relativistic', 'remedies.r1.gamma=0.1'], at: 0 }, { label: 'remedies.spectral_norm=true', words: ['remedies.spectral_norm=true'], at: 0 }] },
    ],
    machine: 'Linux x86_64', memory: 412, seconds: run.lines.at(-1).time, left: 125, notes: {}, steered: run.steered, slow: run.slow,
  };
}

function curves(run, query) {
  const after = Number(query.get('after') ?? -1);
  let rows = of(run, 'span').filter((line) => line.seq > after);
  const [from, to] = [Number(query.get('from') ?? 0), Number(query.get('to') ?? Infinity)];
  rows = rows.filter((line) => line.step >= from && line.step <= to);
  const names = [...new Set(rows.flatMap((line) => Object.keys(line.means)))];
  const series = Object.fromEntries(names.map((name) => [name, rows.map((line) => line.means[name] ?? null)]));
  const result = { seq: rows.at(-1)?.seq ?? after, step: rows.map((line) => line.step), series };
  if (query.get('after') === null) {
    result.low = Object.fromEntries(names.map((name) => [name, series[name].map((value) => value * 0.9)]));
    result.high = Object.fromEntries(names.map((name) => [name, series[name].map((value) => value * 1.1)]));
  }
  return result;
}

function scores(run) {
  const names = {};
  const last = of(run, 'score');
  for (const line of last) {
    const name = line.name.split('/')[0];
    names[name] = { title: line.note.split(/[,:]/)[0], meaning: line.note, floor: line.floor, lower_is_better: /lower/.test(line.note) ? true : /higher/.test(line.note) ? false : null,
      step: [0.25, 0.5, 0.75, 1].map((share) => Math.round(share * total(run))), value: [3, 2, 1.3, 1].map((factor) => factor * line.value), error: [2, 1.4, 1, 1].map((factor) => factor * (line.error ?? 0)) };
  }
  return { names, final: last.map((line) => ({ split: 'validation', name: line.name, value: line.value, floor: line.floor, error: line.error, interval: line.error ? [line.value - 2 * line.error, line.value + 2 * line.error] : null, n: line.n })) };
}

function answer(path, query, body, method) {
  const list = [...runs.values()];
  if (path === 'session') return { version: '0.1.0', folder: 'runs', read_only: readOnly, token_needed: false, plugins: [], languages: ['en', 'zh'] };
  if (path === 'runs' && method === 'POST') return { id: null, name: body.name ?? 'new', job: 'j1' };
  if (path === 'runs') {
    const all = list.map(summary);
    if (many) for (let i = 0; i < 500; i++) all.push({ ...all[i % list.length], id: i.toString(16).padStart(12, 'a'), name: `study/${all[i % list.length].name}-${i}`, group: i < 60 ? { kind: 'study', name: 'study one', variant: 'a' } : null, status: ['finished', 'failed', 'stopped', 'diverged', 'damaged'][i % 5] });
    return { revision: 1, runs: all };
  }
  if (path.startsWith('jobs/')) return { status: 'running', run: list[0].id, output: 'ready' };
  if (path === 'form') return JSON.parse(readFileSync(new URL('./form.json', import.meta.url), 'utf8'));
  if (path === 'form/check') {
    const wrong = body.words.find((word) => /=-/.test(word));
    if (wrong) return { ok: false, error: `${wrong.split('=')[0]}: input should be greater than 0`, field: wrong.split('=')[0] };
    return { ok: true, experiment: [], command: `ganarium train ${[body.recipe, ...body.words].join(' ')}` };
  }
  if (path === 'compare') {
    const chosen = query.get('runs').split(',').map((id) => runs.get(id)).filter(Boolean);
    const all = chosen.map((run) => scores(run));
    const names = [...new Set(all.flatMap((one) => one.final.map((score) => score.name.split('/')[0])))];
    return {
      runs: chosen.map(({ id, name }, index) => ({ id, name, seed: index })),
      settings: [{ key: 'seed', values: chosen.map((_, index) => index) }, { key: 'recipe', values: chosen.map((run) => run.name.split('-')[0]) }],
      scores: names.map((name) => ({ split: 'validation', name, title: name, lower_is_better: true, floor: 0.1,
        values: all.map((one) => one.final.find((score) => score.name.startsWith(name)) ?? null),
        differences: chosen.slice(1).map((_, index) => ({ run: index + 1, difference: 0.01, interval: [-0.02, 0.04], verdict: ['same', 'better', 'worse', 'unknown'][index % 4], text: 'no significant difference' })) })),
    };
  }
  const [, id, what = ''] = /^runs\/(\w+)\/?(.*)$/.exec(path) ?? [];
  const run = runs.get(id) ?? (many ? list[0] : undefined);
  if (!run) return null;
  if (what === '') return detail(run);
  if (what === 'curves') return curves(run, query);
  if (what === 'histograms') {
    const rows = of(run, 'histogram');
    return { edges: Array.from({ length: 17 }, (_, i) => i / 16), step: rows.map((line) => line.step), real: rows.map((line) => line.real), fake: rows.map((line) => line.fake) };
  }
  if (what === 'shares') {
    const rows = of(run, 'look');
    const first = rows[0];
    if (!first) return { sorts: 'class', names: [], due: [], step: [], shares: [], lost: [] };
    return { sorts: first.sorts, names: first.due.map((_, i) => (first.sorts === 'class' ? String(i) : `mode ${i}`)), due: first.due, step: rows.map((line) => line.step), shares: rows.map((line) => line.counts.map((count) => count / line.n)), lost: [{ name: 'mode 4', step: 25, until: 500 }] };
  }
  if (what === 'scores') return scores(run);
  if (what === 'normal') return { discriminator: [0.6, 1.5], generator: [0.6, 1.5], sentence: 'At equilibrium both losses are near log 2 = 0.693.' };
  if (what === 'notes') return Object.assign(run, body), { ok: true };
  if (what === 'steer') {
    if (body.action === 'pause') run.paused = true;
    if (body.action === 'continue') run.paused = false;
    run.steered = { seq: 1e6 + Date.now() % 1e6, kind: 'steered', step: run.now, action: body.action, value: body.value ?? null, by: body.by, note: '' };
    for (const listener of run.listeners ?? []) listener('line', run.steered);
    return { accepted: true };
  }
  if (what === 'fork' || what === 'resume') return { id: null, name: 'fork', job: 'j1' };
  return null;
}

createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname.slice(1);
  response.setHeader('Content-Security-Policy', CSP);
  if (!path.startsWith('api/')) {
    const name = path || 'index.html';
    if (!/^[\w.-]+$/.test(name) || !existsSync(join(files, name))) return response.writeHead(404).end();
    return response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'text/plain' }).end(readFileSync(join(files, name)));
  }
  const api = path.slice(4);
  const picture = /^runs\/(\w+)\/samples\/(\w+)\.png$/.exec(api);
  if (picture) {
    const run = runs.get(picture[1]) ?? [...runs.values()][0];
    const file = join(run.path, 'samples', picture[2] === 'data' ? 'data.png' : `step-${picture[2].padStart(8, '0')}.png`);
    if (!existsSync(file)) return response.writeHead(404).end('{}');
    return response.writeHead(200, { 'Content-Type': 'image/png' }).end(readFileSync(file));
  }
  if (api === 'events' || api.endsWith('/events')) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    response.write(': hello\n\n');
    const run = runs.get(api.split('/')[1]);
    const say = (name, data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (run) (run.listeners ??= new Set()).add(say);
    const timer = setInterval(() => {
      if (!live) return;
      for (const one of runs.values()) if (!one.paused) one.now = Math.min(one.now + 50, total(one));
      if (!run) say('runs', { revision: 2, runs: [...runs.values()].map(summary) });
      else {
        say('status', { status: summary(run).status, step: run.now, steps: total(run), left: 100, memory: 420, seconds: 60 });
        say('line', [{ seq: 1, kind: 'span', step: run.now }, { seq: 2, kind: 'sample', step: run.now }]);
      }
    }, 1000);
    return request.on('close', () => (clearInterval(timer), run?.listeners.delete(say)));
  }
  let text = '';
  request.on('data', (part) => (text += part));
  request.on('end', () => {
    const result = answer(api, url.searchParams, text ? JSON.parse(text) : null, request.method);
    response.writeHead(result ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(result ?? { error: 'There is no such run.', field: null }));
  });
}).listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`));
