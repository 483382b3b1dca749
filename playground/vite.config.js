// How the explorer is bundled. The build script runs this on a copy of the sources, below OUT_DIR.

import { defineConfig } from "vite";

const server = process.env.SWITCHBOARD_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: "web",
  base: "/playground/",
  esbuild: { jsx: "automatic" },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    // Data URLs and inline scripts would need holes in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  // `npm run dev` shows the page while it is written; everything else answers from a running server.
  server: {
    proxy: {
      "/graphql": { target: server, ws: true },
      "/oauth": server,
      "/playground/samples.json": server,
    },
  },
});
