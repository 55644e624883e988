import type { logs as english } from "../en/logs.ts";
import type { Spoken } from "../spoken.ts";

/** The words of logs from elsewhere that are held against a workflow. */
export const logs: Spoken<typeof english> = {
  log: "ほかのシステムのログ",
  logText:
    "ほかのシステムの記録を、公開中のこのワークフローと照らし合わせます。何の次に何が起きたか、どこで設計から外れたかがわかります。条件は空のレコードで判定します。ログは保存されません。",
  logFile: "CSV ファイル",
  logPaste: "または貼り付け",
  logPasteHint: "1 行目に列の名前、次の行から出来事を 1 行ずつ。",
  logUnread: "ログとして読めません。見出し行、3 つの列、1 行以上が必要です。",
  logCase: "ケース",
  logActivity: "作業",
  logAt: "日時",
  logResource: "実行者",
  logNoColumn: "なし",
  logRead: (events: string, cases: string) => `出来事 ${events}件、ケース ${cases}件。`,
  logSkipped: (rows: string) => `ケース、作業、日時のいずれかがなく除いた行: ${rows}行。`,
  logNothing: "出来事を示す行がありません。",
  logMeans: "作業とこのワークフローのイベント",
  logMeansNothing: "このワークフローにない",
  logHold: "ワークフローと照らし合わせる",
  logAgainst: (title: string) => `ログと「${title}」`,
  logFits: (fitting: string, cases: string, percent: string) =>
    `${cases}件のケースのうち ${fitting}件が設計どおり (${percent} %)。`,
  logTaken: (taken: string, events: string) => `${events}件の出来事のうち ${taken}件が受け付けられました。`,
  logStood: "いた状態",
  logDid: "次の作業",
  logWhy: "進めない理由",
  logCases: "ケース",
  logEvents: "出来事",
  logFirst: (shown: string, all: string) => `設計からの外れ方 ${all}種類のうち、多い順に ${shown}種類です。`,
  logGraph: "ログの図",
  logEdges: "ログで何の次に何が起きたか",
  logWays: "ログでよくある経路",
  logResources: "実行者",
};
