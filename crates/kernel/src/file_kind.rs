use crate::text_enum;

text_enum! {
    /// What a file is, by its content: its name and what the sender says of it prove nothing.
    pub enum FileKind {
        Jpeg => "image/jpeg" "Photo",
        Png => "image/png" "Picture",
        Webp => "image/webp" "Picture",
        Pdf => "application/pdf" "PDF",
        Mp4 => "video/mp4" "Video",
        M4a => "audio/mp4" "Recording",
    }
}

impl FileKind {
    /// How many bytes [`FileKind::of`] looks at.
    pub const HEAD: usize = 12;
    /// What a file field offers.
    pub const ACCEPT: &'static str = "image/jpeg,image/png,image/webp,application/pdf,video/mp4,audio/mp4,audio/x-m4a,.m4a";

    /// Reads the first bytes of a file.
    pub fn of(head: &[u8]) -> Option<FileKind> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(FileKind::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(FileKind::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(FileKind::Webp),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(FileKind::Pdf),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4)? {
                b"M4A " | b"M4B " => Some(FileKind::M4a),
                b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V " | b"MSNV" | b"dash" => {
                    Some(FileKind::Mp4)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            FileKind::Jpeg => "jpg",
            FileKind::Png => "png",
            FileKind::Webp => "webp",
            FileKind::Pdf => "pdf",
            FileKind::Mp4 => "mp4",
            FileKind::M4a => "m4a",
        }
    }

    /// A harmless name from the one that the sender gave: no folders, no odd characters, and the ending of what it is.
    pub fn safe_name(self, given: &str) -> String {
        let file = given.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let kept: String = stem.chars().map(|c| if c.is_alphanumeric() || "-_ ()".contains(c) { c } else { ' ' }).take(80).collect();
        let words = kept.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{}.{}", if words.is_empty() { "file" } else { &words }, self.ending())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_a_file_is() {
        let heads: [(&[u8], FileKind); 6] = [
            (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", FileKind::Jpeg),
            (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d", FileKind::Png),
            (b"RIFF\x10\x00\x00\x00WEBPVP8 ", FileKind::Webp),
            (b"%PDF-1.7\n%\xe2\xe3", FileKind::Pdf),
            (b"\x00\x00\x00\x18ftypmp42", FileKind::Mp4),
            (b"\x00\x00\x00\x1cftypM4A ", FileKind::M4a),
        ];
        for (head, kind) in heads {
            assert_eq!(FileKind::of(head), Some(kind));
            assert_eq!(FileKind::of(&head[..4]), FileKind::of(&head[..4]).filter(|_| kind == FileKind::Jpeg), "too short to tell");
        }
        let others: [&[u8]; 7] = [
            b"",
            b"<svg xmlns=",
            b"<!doctype html>",
            b"MZ\x90\x00",
            b"PK\x03\x04",
            b"RIFF\x10\x00\x00\x00WAVE",
            b"\x00\x00\x00\x14ftypqt  ",
        ];
        for other in others {
            assert_eq!(FileKind::of(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_name_is_made_harmless() {
        for (given, name) in [
            ("IMG_0001.JPG", "IMG_0001.jpg"),
            ("invoice.pdf.exe", "invoice pdf.jpg"),
            ("../../etc/passwd", "passwd.jpg"),
            ("C:\\Users\\me\\a \"b\".png", "a b.jpg"),
            ("x\r\nSet-Cookie: a.jpg", "x Set-Cookie a.jpg"),
            ("Übergröße (2).jpeg", "Übergröße (2).jpg"),
            ("...", "file.jpg"),
            ("", "file.jpg"),
        ] {
            assert_eq!(FileKind::Jpeg.safe_name(given), name);
        }
        assert!(FileKind::Mp4.safe_name(&"a".repeat(500)).len() < 100);
    }
}
