import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const server = process.env.GANARIUM_SERVER ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte()],
  base: './',
  publicDir: 'public',
  build: {
    outDir: process.env.GANARIUM_BUILT ?? '../src/ganarium/web/static',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0, // data: addresses are refused by the Content-Security-Policy
    modulePreload: false,
    license: { fileName: 'licenses.md' }, // the licences of what is bundled ask for their text
    reportCompressedSize: true,
    rolldownOptions: {
      output: { entryFileNames: 'app.js', chunkFileNames: '[name].js', assetFileNames: 'app[extname]' },
    },
  },
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
