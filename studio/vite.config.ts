import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

/** What so many pages need comes in one file: a page that asks for dozens of small ones waits for each. */
const shared = { name: "shared", minShareCount: 6 };

export default defineConfig({
  plugins: [sveltekit({ adapter: adapter({ pages: "build", fallback: "index.html" }) })],
  build: { rolldownOptions: { output: { codeSplitting: { groups: [shared] } } } },
  server: { port: 5173, strictPort: true, proxy: { "/api": `http://127.0.0.1:${process.env.API_PORT ?? 3000}` } },
});
