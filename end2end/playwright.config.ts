import { defineConfig } from "@playwright/test";

// The server under test is started by scripts/e2e.sh, which sets these.
const baseURL = process.env.PLUMBLINE_URL ?? "http://127.0.0.1:3000";

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };

export default defineConfig({
  testDir: ".",
  outputDir: "results",
  timeout: 180_000,
  expect: { timeout: 30_000 },
  workers: 2,
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    actionTimeout: 30_000,
    baseURL,
    timezoneId: "America/Los_Angeles",
    locale: "en-US",
    // Writing traces takes as long as the tests; E2E_TRACE=1 has them of what fails.
    trace: process.env.E2E_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
  // Each page that a test inspects is looked at in light and in dark.
  projects: (["phone", "desktop"] as const).map((name) => ({
    name,
    use: { viewport: sizes[name], colorScheme: "light", hasTouch: name === "phone" },
  })),
});
