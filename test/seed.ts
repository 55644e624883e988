import fc from "fast-check";

/**
 * Property tests draw the same cases in every run, so that a red run is red for everybody. `TRELLIS_SEED` draws others:
 * a number those of that number, `random` new ones.
 */
const { TRELLIS_SEED: seed = "20260302" } = process.env;
if (seed !== "random") fc.configureGlobal({ seed: Number(seed) });
