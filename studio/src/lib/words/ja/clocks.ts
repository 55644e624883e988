import type { clocks as english } from "../en/clocks.ts";
import type { Spoken } from "../spoken.ts";

/** The words of clocks: what is promised about records, and how it stands. */
export const clocks: Spoken<typeof english> = {
  clocksHead: "期限",
  clockWaits: "待機中",
  clockCancelled: "取り消し",
  clockRan: "経過",
  clockPaused: "待機",
  clockClosed: "営業時間外",
  clockOff: "休業日",
  clockAlways: "すべての時間を数えます",
  clockLeft: (left: string) => `残り ${left}`,
  clockOver: (by: string) => `${by} 超過`,
  clockMet: (at: string) => `達成（${at}）`,
  clockMissed: (at: string) => `未達成（${at} 終了）`,
  clockBy: (at: string) => `${at} まで`,
  clockBefore: (used: string, until: string) => `${until} までは別の目標（${used} 使用）`,
  clockUsed: (used: string, of: string) => `${of} のうち ${used} 使用。基準：`,
  clockWarned: (title: string) => `${title} の期限が近づいています`,
  clockBreached: (title: string) => `${title} の期限を過ぎました`,
};
