/** 関連レコードを含むタイムラインの言葉。 */
export const around = {
  noSubject: "件名なし",
  mailFrom: (who: string) => `${who} から`,
  mailSent: "送信済み",
  hiddenHere: "表示できない項目があります",
  changedIt: "変更しました",
  filledIn: (titles: string) => `空欄は自動で入ります：${titles}`,
} as const;
