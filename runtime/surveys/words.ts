import type { PublicLanguage } from "../public-language.ts";

type Ends = readonly [least: string, most: string];

/** What the page and the mail of a survey say by themselves. */
interface SurveyWords {
  /** What the ends of the scales mean. */
  readonly ends: Readonly<Record<"csat" | "nps" | "ces", Ends>>;
  readonly send: string;
  readonly change: string;
  readonly preselected: string;
  readonly thanks: string;
  readonly thanksText: string;
  readonly changeable: (until: string) => string;
  readonly over: string;
  readonly overText: string;
  readonly answered: string;
  readonly answeredText: string;
  readonly wanted: (least: number, most: number) => string;
  readonly tooLong: (most: number) => string;
  readonly oneChoice: string;
  readonly mailButton: string;
  readonly mailFoot: string;
}

const words: Readonly<Record<PublicLanguage, SurveyWords>> = {
  en: {
    ends: {
      csat: ["Very dissatisfied", "Very satisfied"],
      nps: ["Not at all likely", "Extremely likely"],
      ces: ["Not at all", "Completely"],
    },
    send: "Send answer",
    change: "Change answer",
    preselected: "Nothing is sent before you press the button.",
    thanks: "Thank you",
    thanksText: "We have your answer.",
    changeable: (until) => `You may change it until ${until}.`,
    over: "This survey has ended",
    overText: "It can no longer be answered.",
    answered: "You have answered already",
    answeredText: "Your answer can no longer be changed. Thank you for it.",
    wanted: (least, most) => `Please choose a number from ${least} to ${most}.`,
    tooLong: (most) => `Please use at most ${most} signs.`,
    oneChoice: "Please choose one of these.",
    mailButton: "Answer",
    mailFoot: "The link is for you alone.",
  },
  ja: {
    ends: {
      csat: ["とても不満", "とても満足"],
      nps: ["まったく薦めない", "強く薦める"],
      ces: ["まったくそう思わない", "とてもそう思う"],
    },
    send: "回答を送信",
    change: "回答を変更",
    preselected: "ボタンを押すまで送信されません。",
    thanks: "ありがとうございます",
    thanksText: "ご回答を受け付けました。",
    changeable: (until) => `${until}まで変更できます。`,
    over: "このアンケートは終了しました",
    overText: "現在は回答できません。",
    answered: "すでに回答済みです",
    answeredText: "ご回答の変更期間は終了しました。ご協力ありがとうございました。",
    wanted: (least, most) => `${least}から${most}の数字を選んでください。`,
    tooLong: (most) => `${most}文字以内で入力してください。`,
    oneChoice: "選択肢から一つ選んでください。",
    mailButton: "回答する",
    mailFoot: "このリンクはあなた専用です。",
  },
  "zh-Hant": {
    ends: {
      csat: ["非常不滿意", "非常滿意"],
      nps: ["完全不會推薦", "非常願意推薦"],
      ces: ["完全不同意", "完全同意"],
    },
    send: "送出回答",
    change: "修改回答",
    preselected: "按下按鈕前不會送出。",
    thanks: "謝謝您",
    thanksText: "我們已收到您的回答。",
    changeable: (until) => `您可在 ${until} 前修改。`,
    over: "此問卷已結束",
    overText: "目前無法再回答。",
    answered: "您已回答過",
    answeredText: "您的回答已無法修改，感謝您的協助。",
    wanted: (least, most) => `請選擇 ${least} 到 ${most} 的數字。`,
    tooLong: (most) => `最多 ${most} 個字。`,
    oneChoice: "請選擇其中一項。",
    mailButton: "回答",
    mailFoot: "此連結僅供您使用。",
  },
  id: {
    ends: {
      csat: ["Sangat tidak puas", "Sangat puas"],
      nps: ["Sama sekali tidak", "Sangat mungkin"],
      ces: ["Sama sekali tidak", "Sepenuhnya"],
    },
    send: "Kirim jawaban",
    change: "Ubah jawaban",
    preselected: "Tidak ada yang terkirim sebelum Anda menekan tombol.",
    thanks: "Terima kasih",
    thanksText: "Jawaban Anda sudah kami terima.",
    changeable: (until) => `Anda dapat mengubahnya sampai ${until}.`,
    over: "Survei ini sudah berakhir",
    overText: "Survei ini tidak dapat dijawab lagi.",
    answered: "Anda sudah menjawab",
    answeredText: "Jawaban Anda tidak dapat diubah lagi. Terima kasih.",
    wanted: (least, most) => `Pilih angka dari ${least} sampai ${most}.`,
    tooLong: (most) => `Gunakan paling banyak ${most} karakter.`,
    oneChoice: "Pilih salah satu.",
    mailButton: "Jawab",
    mailFoot: "Tautan ini hanya untuk Anda.",
  },
};

/** What the pages and mails of surveys say in a language. */
export const surveyWords = (language: PublicLanguage): SurveyWords => words[language];
