import type { wholes as english } from "../en/wholes.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what holds for the whole workspace. */
export const wholes: Spoken<typeof english> = {
  whole: {
    title: "ワークスペース",
    rates: "為替レート",
    ratesAbout: (own) =>
      `他の通貨が${own}でいくらかを示します。レートはその日から、同じ通貨の次のレートが始まるまで有効です。`,
    rateOf: (currency) => `1 ${currency} の値`,
    from: "開始日",
    addRate: "他の通貨のレートを追加",
    worthToday: "今日の換算",
    unrated: (count) => `レートなし ${count} 件`,
    noRates: "今日有効なレートはありません。他の通貨の金額は自国通貨の金額と並べて示します。",
    ratesUsed: "一つの通貨で示すレポートは、期間の最終日のレートを使います。",
    currencyHint: "保存済みの金額は元の通貨のままです。",
    languages: "言語",
    languagesHint: "指定がないときは最初の言語を使います。",
    weekStart: "週の始まり",
    yearStart: "会計年度の始まり",
    yearNamed: "会計年度の呼び方",
    yearNames: { first: "始まる年で呼ぶ", last: "終わる年で呼ぶ" },
  },
};
