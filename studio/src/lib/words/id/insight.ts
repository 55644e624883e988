import type { insight as english } from "../en/insight.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what the rules advise, of maps of what runs did, and of cases that are played. */
export const insight: Spoken<typeof english> = {
  advice: "Perlu dilihat",
  adviceNone: "Tidak ada catatan dari aturan.",
  wayThere: (way: string) => `Jalan ke sana: ${way}`,
  atTheStart: "Awal",
};
