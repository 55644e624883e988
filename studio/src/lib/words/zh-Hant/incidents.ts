import type { incidents as english } from "../en/incidents.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what has stopped and goes on by a person's word. */
export const incidents: Spoken<typeof english> = {
  incidents: "異常",
  noIncidents: "沒有任何停住的事。",
  noIncidentsText: "需要人來決定才能繼續的事會列在這裡。",
  everyWorkflow: "所有工作流程",
  stoppedRuns: (n: number) => `${n} 件停住了`,
  incidentOpen: "未處理",
  incidentsAll: "全部",
  incidentKinds: { effect: "沒有完成", told: "沒有告知", timer: "等待沒有結束" },
  incidentWhy: {
    unknown: "不知道是否已完成",
    address: "呼叫離開了它的連線",
    connection: "沒有這個連線",
    font: "文件含有需要另備字型的字（TRELLIS_PDF_FONT）",
    unbound: "連線尚未開啟",
  } as Readonly<Record<string, string>>,
  tries: (n: number) => `試了 ${n} 次`,
  incidentCircuit: "暫時不呼叫對方",
  incidentRetry: "再試一次",
  incidentSkip: "略過",
  incidentMove: "繼續前進",
  incidentDone: {
    retry: (name: string) => `${name}：再試一次`,
    skip: (name: string) => `${name}：已略過`,
    move: (name: string) => `${name}：已移到別的狀態`,
  },
  incidentClosed: { retried: "已重試", skipped: "已略過", moved: "已移動" },
  incidentSkipAsk: (title: string) => `要略過「${title}」嗎？`,
  incidentMoveAsk: (title: string) => `要繞過「${title}」嗎？`,
  incidentSkipText: "流程會當作已完成而繼續。",
  incidentMoveText: "途中什麼都不會發生：進入狀態時該做的也不會做。",
  incidentMoveTo: "移到狀態",
  incidentOutput: "原本會得到的回應",
  incidentOutputHint: "JSON，或留空",
  incidentOutputJson: "這不是 JSON。",
};
