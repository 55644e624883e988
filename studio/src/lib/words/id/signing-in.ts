import type { signingIn as english } from "../en/signing-in.ts";
import type { Spoken } from "../spoken.ts";

export const signingIn: Spoken<typeof english> = {
  secondFactor: "Faktor kedua",
  signingIn: "Cara masuk",
  signingInText: "Bukti diri Anda selain kata sandi.",
  secondFactorText:
    "Dengan ini, masuk juga meminta kode dari aplikasi autentikator di ponsel Anda. Siapa yang hanya tahu kata sandi tidak bisa masuk.",
  factorOn: "Aktif",
  factorOff: "Nonaktif",
  factorTurnOn: "Aktifkan",
  factorTurnOff: "Nonaktifkan",
  factorIsOn: "Faktor kedua aktif. Sesi lain telah berakhir.",
  factorIsOff: "Faktor kedua nonaktif. Sesi lain telah berakhir.",
  factorScan: "Pindai gambar dengan autentikator, lalu ketik kode yang ditampilkannya.",
  factorQr: "Gambar untuk autentikator",
  factorSecret: "Atau ketik rahasia ini:",
  factorHere: "Siapkan autentikator di perangkat ini",
  factorCode: "Kode",
  factorCodeHint: "Enam angka.",
  factorCodeOrBackup: "Dari autentikator Anda, atau kode cadangan.",
  factorOwed: {
    code: "Ketik kode yang ditampilkan autentikator Anda.",
    backup: "Ketik salah satu kode cadangan yang Anda simpan. Berlaku sekali saja.",
  },
  useBackupCode: "Pakai kode cadangan",
  useAuthenticator: "Pakai autentikator",
  endKeysToo: "Akhiri juga kunci saya untuk program",
  backupCode: "Kode cadangan",
  backupCodes: "Kode cadangan",
  backupCodesOnce:
    "Simpan kode ini di tempat yang bisa ditemukan tanpa ponsel. Masing-masing berlaku sekali, dan hanya ditampilkan kali ini.",
  backupCodesKept: "Sudah saya simpan",
  backupCodesNew: "Kode cadangan baru",
  saveAsFile: "Simpan sebagai berkas",
  backupCodesLeft: (n) => `${n} kode cadangan tersisa`,
  takeFactor: "Cabut faktor kedua",
  takeFactorText: (who) =>
    `${who} masuk dengan faktor kedua. Cabut hanya bila hilang: setelah itu kata sandi saja cukup untuk masuk. Ia dikeluarkan dan diberi tahu.`,
  factorTaken: (who) => `${who} tidak lagi memiliki faktor kedua`,
  tookFactor: (by) => `${by} telah mencabut faktor kedua Anda`,
  takeFactorYes: "Cabut",
};
