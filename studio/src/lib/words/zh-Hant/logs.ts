import type { logs as english } from "../en/logs.ts";
import type { Spoken } from "../spoken.ts";

/** The words of logs from elsewhere that are held against a workflow. */
export const logs: Spoken<typeof english> = {
  log: "其他系統的紀錄檔",
  logText:
    "將其他系統的紀錄與已發布的此工作流程對照：先後順序，以及案例在何處偏離設計。條件以空白記錄判斷。不會保存任何內容。",
  logFile: "CSV 檔案",
  logPaste: "或貼上",
  logPasteHint: "第一列為欄位名稱，之後每件事一列。",
  logUnread: "這不是紀錄檔：需要標題列、三個欄位與至少一列。",
  logCase: "案例",
  logActivity: "活動",
  logAt: "時間",
  logResource: "執行者",
  logNoColumn: "無",
  logRead: (events: string, cases: string) => `事件 ${events} 件，案例 ${cases} 件。`,
  logSkipped: (rows: string) => `因缺少案例、活動或時間而略過：${rows} 列。`,
  logNothing: "沒有任何一列說明事件。",
  logMeans: "活動在此處的意義",
  logMeansNothing: "不在此工作流程中",
  logHold: "與工作流程對照",
  logAgainst: (title: string) => `紀錄檔與「${title}」`,
  logFits: (fitting: string, cases: string, percent: string) =>
    `${cases} 件案例中有 ${fitting} 件符合設計（${percent} %）。`,
  logTaken: (taken: string, events: string) => `${events} 件事件中有 ${taken} 件被接受。`,
  logStood: "停在",
  logDid: "接著發生",
  logWhy: "為何不可行",
  logCases: "案例",
  logEvents: "事件",
  logFirst: (shown: string, all: string) => `共 ${all} 種偏離設計的方式，此為最常見的 ${shown} 種。`,
  logGraph: "紀錄檔圖示",
  logEdges: "紀錄檔中的先後順序",
  logWays: "紀錄檔中最常見的路徑",
  logResources: "由誰執行",
};
