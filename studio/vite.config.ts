import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [sveltekit({ adapter: adapter({ pages: "build", fallback: "index.html" }) })],
  server: { port: 5173, strictPort: true, proxy: { "/api": `http://127.0.0.1:${process.env.API_PORT ?? 3000}` } },
});
