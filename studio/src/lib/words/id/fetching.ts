/** The words of mailboxes whose mails are fetched. */
export const fetching = {
  fetched: {
    title: "Alamat",
    about: "Surel ke alamat ini menjadi rekaman. Bila sebuah alamat menyebut servernya, surel diambil lewat IMAP.",
    address: "Alamat",
    last: "Diambil",
    aside: "Disisihkan",
    states: {
      unbound: "belum terhubung",
      off: "dijeda",
      brought: "surel diantar ke sini",
      fine: "diambil",
      failed: "tidak dapat diambil",
    },
    why: {
      closed: "Instalasi ini tidak boleh menghubungi server itu.",
      owner: "Tidak ada orang aktif yang bertanggung jawab.",
      slow: "Server tidak menjawab.",
      unreachable: "Server tidak dapat dihubungi.",
      tls: "Sertifikat server tidak dipercaya.",
      "sign-in": "Server menolak nama atau kata sandi.",
      folder: "Folder tidak ada di server, atau tidak dapat dibuka.",
      broken: "Jawaban server tidak semestinya.",
    } as Readonly<Record<string, string>>,
    left: (n: number) => `${n} disisihkan`,
    secret: "Kata sandi atau token server",
    secretHint: "Disimpan tersegel dan tidak dapat dibaca lagi.",
    never: "Belum pernah",
    connect: "Hubungkan",
    cannot: (by: string) => `Surel ${by} tidak dapat diambil`,
  },
} as const;
