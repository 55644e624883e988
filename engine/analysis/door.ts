/** What analysis works out of numbers, as other rooms use it. */
export * from "./attribution.ts";
export * from "./buyers.ts";
export * from "./retention.ts";
export * from "./rfm.ts";
export * from "./targets.ts";
