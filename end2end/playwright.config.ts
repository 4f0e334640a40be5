import { defineConfig } from "@playwright/test";

// The server under test is started by scripts/e2e.sh, which sets these.
const baseURL = process.env.PLUMBLINE_URL ?? "http://127.0.0.1:3000";

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };

export default defineConfig({
  testDir: ".",
  outputDir: "results",
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    actionTimeout: 20_000,
    baseURL,
    timezoneId: "America/Los_Angeles",
    locale: "en-US",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
  projects: (["phone", "desktop"] as const).flatMap((size) =>
    (["light", "dark"] as const).map((theme) => ({
      name: `${size}-${theme}`,
      use: { viewport: sizes[size], colorScheme: theme, hasTouch: size === "phone" },
    })),
  ),
});
