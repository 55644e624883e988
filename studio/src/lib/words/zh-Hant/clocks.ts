import type { clocks as english } from "../en/clocks.ts";
import type { Spoken } from "../spoken.ts";

/** The words of clocks: what is promised about records, and how it stands. */
export const clocks: Spoken<typeof english> = {
  clocksHead: "時限",
  clockWaits: "等待中",
  clockCancelled: "已取消",
  clockRan: "計時",
  clockPaused: "等待",
  clockClosed: "非營業時間",
  clockOff: "休假日",
  clockAlways: "計入所有時間",
  clockLeft: (left: string) => `剩餘 ${left}`,
  clockOver: (by: string) => `逾期 ${by}`,
  clockMet: (at: string) => `已達成，${at}`,
  clockMissed: (at: string) => `未達成，結束於 ${at}`,
  clockBy: (at: string) => `${at} 前`,
  clockBefore: (used: string, until: string) => `${until} 前為另一目標，已用 ${used}`,
  clockUsed: (used: string, of: string) => `已用 ${used} / ${of}，依`,
  clockWarned: (title: string) => `${title} 即將到期`,
  clockBreached: (title: string) => `${title} 已逾期`,
};
