// Draws the PNG icons from the SVG ones, after a change of these: node scripts/icons.mjs (needs Chromium, see env.sh).
import { chromium } from "@playwright/test";
import { readFileSync } from "node:fs";

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const [from, size, to] of [["icon", 192, "icon-192"], ["icon", 512, "icon-512"], ["icon-maskable", 512, "icon-maskable-512"]]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const svg = readFileSync(`public/${from}.svg`).toString("base64");
  await page.setContent(`<body style="margin:0"><img src="data:image/svg+xml;base64,${svg}" width="${size}" height="${size}" style="display:block">`);
  await page.screenshot({ path: `public/${to}.png`, omitBackground: true });
}
await browser.close();
