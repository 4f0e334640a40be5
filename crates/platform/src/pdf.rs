//! Documents for people to print and keep: pages, lines of text, rules. The same document is always the same bytes.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use kernel::{Outcome, Problem};
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point};
use krilla::metadata::{self, Metadata};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

// Subsets of Open Sans, under the Apache License 2.0; see `fonts/README.md`.
const REGULAR: &[u8] = include_bytes!("../fonts/OpenSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/OpenSans-SemiBold.ttf");

/// The size of a page in points: 1/72 of an inch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    pub width: f32,
    pub height: f32,
}

impl Paper {
    pub const LETTER: Paper = Paper { width: 612.0, height: 792.0 };
    pub const A4: Paper = Paper { width: 595.276, height: 841.89 };
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Points.
    pub size: f32,
    pub bold: bool,
    /// Red, green, blue.
    pub color: [u8; 3],
}

impl Style {
    pub const fn new(size: f32) -> Style {
        Style { size, bold: false, color: [0x17, 0x20, 0x2a] }
    }

    #[must_use]
    pub const fn bold(self) -> Style {
        Style { bold: true, ..self }
    }

    #[must_use]
    pub const fn color(self, color: [u8; 3]) -> Style {
        Style { color, ..self }
    }
}

/// One thing on a page; `x` and `y` are points from the left and the top, `y` is a text's baseline.
#[derive(Clone, Debug)]
enum Item {
    Text { x: f32, y: f32, text: String, style: Style },
    Rule { x: f32, y: f32, to_x: f32, color: [u8; 3] },
    Frame { x: f32, y: f32, width: f32, height: f32, color: [u8; 3] },
}

/// A page that is being filled.
#[derive(Clone, Debug, Default)]
pub struct Page(Vec<Item>);

impl Page {
    /// A line of text that begins at `x`.
    pub fn text(&mut self, x: f32, y: f32, text: &str, style: Style) {
        self.0.push(Item::Text { x, y, text: text.to_owned(), style });
    }

    /// A line of text that ends at `x`.
    pub fn text_to(&mut self, x: f32, y: f32, text: &str, style: Style) {
        self.text(x - width(text, style), y, text, style);
    }

    /// A thin line from `x` to `to_x`.
    pub fn rule(&mut self, x: f32, y: f32, to_x: f32, color: [u8; 3]) {
        self.0.push(Item::Rule { x, y, to_x, color });
    }

    /// The outline of a box, for stamps.
    pub fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, color: [u8; 3]) {
        self.0.push(Item::Frame { x, y, width, height, color });
    }
}

/// What readers show about a document.
#[derive(Clone, Debug)]
pub struct About {
    pub title: String,
    pub author: String,
    pub at: DateTime<Utc>,
}

/// How wide a line of text is, in points.
pub fn width(text: &str, style: Style) -> f32 {
    let metrics = face(style.bold).glyph_metrics(Size::new(style.size), LocationRef::default());
    glyphs_of(text, style.bold).map(|(glyph, _)| metrics.advance_width(glyph).unwrap_or_default()).sum()
}

/// A text in lines that are no wider than `most`; a word that is wider is broken.
pub fn wrap(text: &str, style: Style, most: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if width(&longer, style) <= most {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if width(&line, style) > most && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        lines.push(line);
    }
    lines
}

/// Writes the document.
pub fn write(paper: Paper, about: &About, pages: &[Page]) -> Outcome<Vec<u8>> {
    let mut document = Document::new_with(SerializeSettings::default());
    let fonts = [REGULAR, BOLD].map(|bytes| Font::new(bytes.into(), 0));
    let [Some(regular), Some(bold)] = fonts else { return Err(Problem::internal("the fonts of documents cannot be read")) };
    for page in pages {
        let settings = PageSettings::from_wh(paper.width, paper.height).ok_or_else(|| Problem::internal("a page without a size"))?;
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        for item in &page.0 {
            draw(&mut surface, item, &regular, &bold);
        }
        surface.finish();
        sheet.finish();
    }
    let made = Metadata::new()
        .title(about.title.clone())
        .authors(vec![about.author.clone()])
        .creator("Plumbline".into())
        .language("en".into())
        .creation_date(stamp(about.at));
    document.set_metadata(made);
    document.finish().map_err(|error| Problem::internal(format!("a document cannot be written: {error:?}")))
}

fn draw(surface: &mut Surface<'_>, item: &Item, regular: &Font, bold: &Font) {
    match item {
        Item::Text { x, y, text, style } => {
            let metrics = face(style.bold).glyph_metrics(Size::unscaled(), LocationRef::default());
            let font = if style.bold { bold } else { regular };
            let glyphs: Vec<KrillaGlyph> = glyphs_of(text, style.bold)
                .map(|(glyph, range)| {
                    let advance = metrics.advance_width(glyph).unwrap_or_default() / font.units_per_em();
                    KrillaGlyph::new(GlyphId::new(glyph.to_u32()), advance, 0.0, 0.0, 0.0, range, None)
                })
                .collect();
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: paint(style.color).into(), ..Fill::default() }));
            surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, font.clone(), text, style.size, false);
        }
        Item::Rule { x, y, to_x, color } => {
            let mut path = PathBuilder::new();
            path.move_to(*x, *y);
            path.line_to(*to_x, *y);
            stroke(surface, path.finish(), *color, 0.75);
        }
        Item::Frame { x, y, width, height, color } => {
            let mut path = PathBuilder::new();
            path.move_to(*x, *y);
            path.line_to(x + width, *y);
            path.line_to(x + width, y + height);
            path.line_to(*x, y + height);
            path.close();
            stroke(surface, path.finish(), *color, 1.5);
        }
    }
}

fn stroke(surface: &mut Surface<'_>, path: Option<Path>, color: [u8; 3], width: f32) {
    let Some(path) = path else { return };
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: paint(color).into(), width, ..Stroke::default() }));
    surface.draw_path(&path);
}

fn paint([red, green, blue]: [u8; 3]) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

/// Part of the program, and read by its tests.
fn face(bold: bool) -> FontRef<'static> {
    FontRef::new(if bold { BOLD } else { REGULAR }).expect("a font")
}

/// Each character's glyph with the bytes that it stands for. What the font does not have is drawn as an empty box.
fn glyphs_of(text: &str, bold: bool) -> impl Iterator<Item = (skrifa::GlyphId, std::ops::Range<usize>)> + '_ {
    let map = face(bold).charmap();
    text.char_indices().map(move |(at, c)| {
        let shown = if c.is_control() { ' ' } else { c };
        (map.map(shown).unwrap_or_default(), at..at + c.len_utf8())
    })
}

fn stamp(at: DateTime<Utc>) -> metadata::DateTime {
    let small = |n: u32| u8::try_from(n).unwrap_or_default();
    metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        let style = Style::new(10.0);
        let text = "Sam’s Heating & Cooling of Greater Los Angeles\n\nÜbermäßiglangesWortOhneEineEinzigeLücke";
        let lines = wrap(text, style, 90.0);
        assert!(lines.iter().all(|line| width(line, style) <= 90.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(['\n', ' '], ""));
        assert!(lines.contains(&String::new()), "an empty line stays");
    }

    #[test]
    fn digits_are_equally_wide_so_that_sums_align() {
        for style in [Style::new(10.0), Style::new(10.0).bold()] {
            assert!((width("1111", style) - width("9086", style)).abs() < 0.001);
            assert!(width("$1,234.50", style) > 0.0);
        }
    }

    #[test]
    fn the_same_document_is_the_same_bytes() {
        let mut page = Page::default();
        page.text(72.0, 72.0, "Invoice \u{7} 漢", Style::new(12.0).bold());
        page.text_to(500.0, 90.0, "$1.00", Style::new(12.0));
        page.rule(72.0, 100.0, 500.0, [0, 0, 0]);
        page.frame(72.0, 120.0, 80.0, 30.0, [0, 128, 0]);
        let about = About { title: "Invoice".into(), author: "Plumbline".into(), at: DateTime::UNIX_EPOCH };
        let make = || write(Paper::A4, &about, &[page.clone(), Page::default()]).expect("written");
        assert!(make().starts_with(b"%PDF-1."));
        assert_eq!(make(), make());
    }
}
