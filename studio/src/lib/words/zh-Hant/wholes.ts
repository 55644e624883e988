import type { wholes as english } from "../en/wholes.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what holds for the whole workspace. */
export const wholes: Spoken<typeof english> = {
  whole: {
    title: "工作區",
    rates: "匯率",
    ratesAbout: (own) => `其他貨幣折合多少 ${own}。匯率自當日起生效，直到同一貨幣的下一個匯率開始。`,
    rateOf: (currency) => `1 ${currency} 的價值`,
    from: "自",
    addRate: "新增其他貨幣的匯率",
    worthToday: "今日折算",
    unrated: (count) => `${count} 筆沒有匯率`,
    noRates: "今日沒有有效的匯率。其他貨幣的金額與本國貨幣的金額並列。",
    ratesUsed: "以單一貨幣呈現的報表採用期間最後一天的匯率。",
    currencyHint: "已儲存的金額保留原來的貨幣。",
    languages: "語言",
    languagesHint: "沒有指定時使用第一種語言。",
    weekStart: "每週的第一天",
    yearStart: "會計年度開始於",
    yearNamed: "會計年度的名稱取自",
    yearNames: { first: "開始的年份", last: "結束的年份" },
  },
};
