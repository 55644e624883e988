import type { LinkMailWords } from "../mail/link-mail.ts";
import type { PublicLanguage } from "../public-language.ts";

/** What a mail says that asks to confirm. */
interface ConfirmMail {
  readonly company: string;
  /** The purposes, one behind the other. */
  readonly titles: string;
  readonly link: string;
}

interface PublicWords {
  readonly required: string;
  readonly choose: string;
  readonly submit: string;
  readonly thanks: string;
  readonly checkMail: string;
  readonly wrong: string;
  readonly missing: string;
  readonly invalid: string;
  readonly robots: string;
  readonly noScript: string;
  readonly leaveEmpty: string;
  readonly again: string;
  readonly closed: string;
  readonly tooOften: string;
  readonly languages: string;
  readonly confirmTitle: string;
  readonly confirmText: (address: string, titles: string) => string;
  readonly confirmButton: string;
  readonly confirmed: string;
  readonly confirmedText: string;
  readonly badLink: string;
  readonly badLinkText: string;
  /** What the proof of work says of itself (the strings of ALTCHA). */
  readonly work: Readonly<Record<"label" | "verifying" | "verified" | "error" | "expired" | "waitAlert", string>>;
  readonly mail: LinkMailWords<ConfirmMail>;
}

const words: Readonly<Record<PublicLanguage, PublicWords>> = {
  en: {
    required: "required",
    choose: "Choose",
    submit: "Send",
    thanks: "Thank you. We have what you sent.",
    checkMail: "Please look into your mail: where something has to be confirmed, you find a link there.",
    wrong: "Please look at these again",
    missing: "Please fill this in.",
    invalid: "This does not fit here.",
    robots: "Keeps robots away",
    noScript:
      "To keep robots away your browser does some work before it sends this form. Please allow scripts of this page.",
    leaveEmpty: "Leave this empty",
    again: "It could not be made sure that no robot has sent this. Please send it once more.",
    closed: "This form takes nothing any more.",
    tooOften: "This was sent too often from your network. Please wait some minutes.",
    languages: "Languages",
    confirmTitle: "One more step",
    confirmText: (address, titles) => `Shall we write to ${address} for this: ${titles}?`,
    confirmButton: "Yes, I confirm",
    confirmed: "Confirmed",
    confirmedText: "Thank you. You can stop at any time by the link in each mail.",
    badLink: "This link does not work",
    badLinkText: "It may be too old, or it was cut on its way. Please fill in the form once more.",
    work: {
      label: "I am not a robot",
      verifying: "Making sure…",
      verified: "Done",
      error: "It did not work. Please try again.",
      expired: "That took too long. Please try again.",
      waitAlert: "Please wait a moment.",
    },
    mail: {
      subject: ({ company }) => `Please confirm: ${company}`,
      hello: () => "Hello,",
      ask: ({ company, titles }) => `you have asked ${company} for this: ${titles}. Please confirm that it was you.`,
      button: () => "Confirm",
      ignore: () => "If it was not you, leave this mail alone: nothing will be sent to you.",
    },
  },
  ja: {
    required: "必須",
    choose: "選択してください",
    submit: "送信",
    thanks: "ありがとうございます。送信内容を受け付けました。",
    checkMail: "メールをご確認ください。確認が必要な場合は、リンクをお送りしています。",
    wrong: "次の項目をもう一度ご確認ください",
    missing: "入力してください。",
    invalid: "入力内容が正しくありません。",
    robots: "ロボット対策",
    noScript: "ロボット対策のため、送信前にブラウザーで計算を行います。このページのスクリプトを許可してください。",
    leaveEmpty: "空欄のままにしてください",
    again: "ロボットではないことを確認できませんでした。もう一度送信してください。",
    closed: "このフォームの受付は終了しました。",
    tooOften: "お使いのネットワークからの送信が多すぎます。数分お待ちください。",
    languages: "言語",
    confirmTitle: "あと一歩です",
    confirmText: (address, titles) => `${address} 宛てに次の内容をお送りしてよろしいですか：${titles}`,
    confirmButton: "はい、確認します",
    confirmed: "確認しました",
    confirmedText: "ありがとうございます。各メールのリンクからいつでも停止できます。",
    badLink: "このリンクは使えません",
    badLinkText: "期限が切れているか、途中で切れています。お手数ですが、もう一度フォームにご記入ください。",
    work: {
      label: "私はロボットではありません",
      verifying: "確認しています…",
      verified: "確認できました",
      error: "うまくいきませんでした。もう一度お試しください。",
      expired: "時間がかかりすぎました。もう一度お試しください。",
      waitAlert: "しばらくお待ちください。",
    },
    mail: {
      subject: ({ company }) => `ご確認のお願い：${company}`,
      hello: () => "こんにちは。",
      ask: ({ company, titles }) =>
        `${company} に次のお申し込みをいただきました：${titles}。ご本人であることをご確認ください。`,
      button: () => "確認する",
      ignore: () => "お心当たりがない場合は、このメールを無視してください。何もお送りしません。",
    },
  },
  "zh-Hant": {
    required: "必填",
    choose: "請選擇",
    submit: "送出",
    thanks: "謝謝您，我們已收到您送出的內容。",
    checkMail: "請查看您的信箱：如有需要確認的項目，信中會附上連結。",
    wrong: "請再檢查以下項目",
    missing: "請填寫此項。",
    invalid: "此處的內容不正確。",
    robots: "防止機器人",
    noScript: "為了防止機器人，瀏覽器會在送出前進行一些運算。請允許此頁面的指令碼。",
    leaveEmpty: "請留空",
    again: "無法確認這不是機器人送出的，請再送出一次。",
    closed: "此表單已停止受理。",
    tooOften: "您的網路送出次數過多，請稍候幾分鐘。",
    languages: "語言",
    confirmTitle: "還差一步",
    confirmText: (address, titles) => `我們可以寄信到 ${address}，內容為：${titles}，可以嗎？`,
    confirmButton: "是的，我確認",
    confirmed: "已確認",
    confirmedText: "謝謝您。您可以隨時透過每封信中的連結停止接收。",
    badLink: "此連結無法使用",
    badLinkText: "連結可能已過期或不完整，請再填寫一次表單。",
    work: {
      label: "我不是機器人",
      verifying: "確認中…",
      verified: "已完成",
      error: "未能完成，請再試一次。",
      expired: "時間過長，請再試一次。",
      waitAlert: "請稍候。",
    },
    mail: {
      subject: ({ company }) => `請確認：${company}`,
      hello: () => "您好：",
      ask: ({ company, titles }) => `您向 ${company} 提出以下申請：${titles}。請確認是您本人。`,
      button: () => "確認",
      ignore: () => "如果不是您本人，請忽略此信，我們不會寄送任何內容。",
    },
  },
  id: {
    required: "wajib",
    choose: "Pilih",
    submit: "Kirim",
    thanks: "Terima kasih. Kiriman Anda sudah kami terima.",
    checkMail: "Silakan periksa surel Anda: bila ada yang perlu dikonfirmasi, tautannya ada di sana.",
    wrong: "Mohon periksa lagi yang berikut",
    missing: "Mohon diisi.",
    invalid: "Isian ini tidak sesuai.",
    robots: "Mencegah robot",
    noScript:
      "Untuk mencegah robot, peramban Anda bekerja sebentar sebelum mengirim formulir ini. Mohon izinkan skrip halaman ini.",
    leaveEmpty: "Biarkan kosong",
    again: "Tidak dapat dipastikan bahwa ini bukan kiriman robot. Mohon kirim sekali lagi.",
    closed: "Formulir ini tidak menerima kiriman lagi.",
    tooOften: "Terlalu sering dikirim dari jaringan Anda. Mohon tunggu beberapa menit.",
    languages: "Bahasa",
    confirmTitle: "Satu langkah lagi",
    confirmText: (address, titles) => `Bolehkah kami menulis ke ${address} untuk: ${titles}?`,
    confirmButton: "Ya, saya mengonfirmasi",
    confirmed: "Terkonfirmasi",
    confirmedText: "Terima kasih. Anda dapat berhenti kapan saja lewat tautan di setiap surel.",
    badLink: "Tautan ini tidak berfungsi",
    badLinkText: "Mungkin sudah terlalu lama atau terpotong. Mohon isi formulirnya sekali lagi.",
    work: {
      label: "Saya bukan robot",
      verifying: "Memastikan…",
      verified: "Selesai",
      error: "Tidak berhasil. Mohon coba lagi.",
      expired: "Terlalu lama. Mohon coba lagi.",
      waitAlert: "Mohon tunggu sebentar.",
    },
    mail: {
      subject: ({ company }) => `Mohon konfirmasi: ${company}`,
      hello: () => "Halo,",
      ask: ({ company, titles }) => `Anda meminta ini dari ${company}: ${titles}. Mohon konfirmasi bahwa itu Anda.`,
      button: () => "Konfirmasi",
      ignore: () => "Bila bukan Anda, abaikan surel ini: tidak ada yang akan dikirim.",
    },
  },
};

/** The words of pages and mails for everybody. */
export const publicWords = (language: PublicLanguage): PublicWords => words[language];
