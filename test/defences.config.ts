import { mergeConfig, type Plugin } from "vitest/config";
import base from "../vitest.config.ts";
import { defences, without } from "./fixtures/defences.ts";

const defence = defences.find(({ name }) => name === process.env.TRELLIS_WITHOUT);
const isMeant = (id: string) => defence !== undefined && id.endsWith(`/${defence.file}`);

const plugin: Plugin = {
  name: "without-a-defence",
  enforce: "pre",
  transform: (text, id) => (defence && isMeant(id) ? without(defence, text) : undefined),
  configureVitest: ({ defineCacheKeyGenerator }) =>
    defineCacheKeyGenerator(({ id }) => (isMeant(id) ? defence?.name : undefined)),
};

/** The tests with one defence taken out of the source that they run. */
export default mergeConfig(base, { plugins: [plugin] });
