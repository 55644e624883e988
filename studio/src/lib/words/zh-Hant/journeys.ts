import type { journeys as english } from "../en/journeys.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what begins workflows, what they are for and when they send. */
export const journeys: Spoken<typeof english> = {
  enrolOn: "開始方式",
  enrolOns: { hand: "僅由人員開始", condition: "條件成立時", created: "建立記錄時", event: "事件到來時" },
  enrolEvent: "開始的事件",
  enrolAgain: "記錄可再次進入",
  enrolWindow: "至少相隔天數",
  goalWhen: "達成目標的條件",
  exitWhen: "離開的條件",
  neverHolds: "沒有條件：永不成立。",
  quietFrom: "停止傳送自",
  quietTo: "至",
  quietZone: "時區依據",
  quietWorkspace: "工作區",
  capsTitle: "上限",
  capMax: "數量",
  capDays: "天數內",
  capOver: "超過的部分",
  capOvers: { wait: "等候", skip: "略過" },
  addCap: "限制傳送",
  noEvent: "無",
  eventSource: "來自",
  eventSources: { user: "人員", record: "記錄變更", integration: "外部", run: "其他執行" },
  eventWhen: "傳送條件",
  eventKey: "對應鍵",
  eventKept: "保留分鐘數",
  intakeKey: "對應鍵的位置",
  intakeKeyHint: "例如 /order，代替記錄",
};
