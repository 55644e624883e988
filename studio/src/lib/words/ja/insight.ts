import type { insight as english } from "../en/insight.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what the rules advise, of maps of what runs did, and of cases that are played. */
export const insight: Spoken<typeof english> = {
  advice: "確認したい点",
  adviceNone: "規則からの指摘はありません。",
  wayThere: (way: string) => `そこへの経路: ${way}`,
  atTheStart: "開始時",
};
