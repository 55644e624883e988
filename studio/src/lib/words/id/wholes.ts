import type { wholes as english } from "../en/wholes.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what holds for the whole workspace. */
export const wholes: Spoken<typeof english> = {
  whole: {
    title: "Ruang kerja",
    rates: "Kurs",
    ratesAbout: (own) =>
      `Nilai mata uang lain dalam ${own}. Kurs berlaku sejak harinya sampai kurs berikutnya dari mata uang yang sama.`,
    rateOf: (currency) => `Nilai satu ${currency}`,
    from: "sejak",
    addRate: "Kurs mata uang lain",
    worthToday: "Nilai hari ini",
    unrated: (count) => `${count} tanpa kurs`,
    noRates:
      "Tidak ada kurs yang berlaku hari ini. Jumlah dalam mata uang lain tetap berdampingan dengan mata uang sendiri.",
    ratesUsed: "Laporan yang menyebut semua uang dalam satu mata uang memakai kurs hari terakhir periodenya.",
    currencyHint: "Jumlah yang sudah tersimpan tetap dalam mata uangnya.",
    languages: "Bahasa",
    languagesHint: "Yang pertama dipakai bila tidak ditentukan lain.",
    weekStart: "Minggu dimulai pada",
    yearStart: "Tahun buku dimulai pada",
    yearNamed: "Tahun buku disebut menurut",
    yearNames: { first: "tahun ia dimulai", last: "tahun ia berakhir" },
  },
};
