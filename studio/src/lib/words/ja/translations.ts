import type { translations as english } from "../en/translations.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the table of translations. */
export const translations: Spoken<typeof english> = {
  translations: "翻訳",
  translatedInto: "翻訳先",
  translationLabel: "ラベル",
  translationSource: "原文",
  translationShown: "表示",
  translationAll: "すべてのラベル",
  translationUndone: "翻訳されていないもの",
  translationDone: "翻訳済み",
  translationMissing: "未翻訳",
  translationOutdated: "要更新",
  translationFile: "ファイルをエクスポート",
  translationRead: "ファイルをインポート",
  translationNotRead: "ファイルにはaddress、key、textの列が必要です。",
  translate: (what) => `${what}を翻訳`,
  translationProgress: (percent) => `${percent}％翻訳済み`,
  translationMissingCount: (n) => `未翻訳${n}件`,
  translationOutdatedCount: (n) => `要更新${n}件`,
  translationTaken: (n) => `ファイルにより${n}件のラベルを変更しました`,
  translationUnknown: (n) => `${n}行は該当するラベルがありません`,
};
