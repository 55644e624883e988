import type { insight as english } from "../en/insight.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what the rules advise, of maps of what runs did, and of cases that are played. */
export const insight: Spoken<typeof english> = {
  advice: "值得檢視",
  adviceNone: "規則沒有意見。",
  wayThere: (way: string) => `到達的路徑：${way}`,
  atTheStart: "開始",
};
