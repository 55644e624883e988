import type { incidents as english } from "../en/incidents.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what has stopped and goes on by a person's word. */
export const incidents: Spoken<typeof english> = {
  incidents: "インシデント",
  noIncidents: "止まっているものはありません。",
  noIncidentsText: "人の判断がなければ進まないものが、ここに並びます。",
  everyWorkflow: "すべてのワークフロー",
  stoppedRuns: (n: number) => `${n}件が止まっています`,
  incidentOpen: "未解決",
  incidentsAll: "すべて",
  incidentKinds: { effect: "実行できませんでした", told: "伝えられませんでした", timer: "終わらない待機" },
  incidentWhy: {
    unknown: "実行されたかどうか分かりません",
    address: "呼び出し先が接続の外にあります",
    connection: "接続がありません",
    font: "文書に専用フォントが必要な文字があります（TRELLIS_PDF_FONT）",
    unbound: "接続がオンになっていません",
  } as Readonly<Record<string, string>>,
  tries: (n: number) => `${n}回試行`,
  incidentCircuit: "相手への呼び出しをしばらく止めています",
  incidentRetry: "もう一度試す",
  incidentSkip: "飛ばす",
  incidentMove: "先へ進める",
  incidentDone: {
    retry: (name: string) => `${name}：もう一度試します`,
    skip: (name: string) => `${name}：飛ばしました`,
    move: (name: string) => `${name}：別の状態に移しました`,
  },
  incidentClosed: { retried: "再試行", skipped: "飛ばした", moved: "移した" },
  incidentSkipAsk: (title: string) => `「${title}」を飛ばしますか？`,
  incidentMoveAsk: (title: string) => `「${title}」を迂回しますか？`,
  incidentSkipText: "実行されたものとして先へ進みます。",
  incidentMoveText: "途中では何も起きません。状態に入るときの動作も行われません。",
  incidentMoveTo: "移す先の状態",
  incidentOutput: "返ってくるはずだった内容",
  incidentOutputHint: "JSON。空でもかまいません",
  incidentOutputJson: "JSON ではありません。",
};
