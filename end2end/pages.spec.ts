import { expect, type Page, test, type TestInfo } from "@playwright/test";
import { ADMIN, alive, firstBelow, inspect, signIn, watchConsole } from "./support";

/** Opens each page as a demo company shows it, and looks at it. */
async function goThrough(page: Page, info: TestInfo, pages: [path: string, name: string][]) {
  for (const [path, name] of pages) {
    await test.step(path, async () => {
      await page.goto(path);
      await alive(page);
      await inspect(page, info, name);
    });
  }
}

test("the public site is whole", async ({ page }, info) => {
  test.setTimeout(900_000);
  const seen: string[] = [];
  watchConsole(page, seen);
  await goThrough(page, info, [
    ["/?zip=90210", "40-landing-zip"],
    ["/request?service=emergency", "41-request-emergency"],
    ["/join?near=90210&miles=10&step=1", "42-join-map"],
    ["/imprint", "43-imprint"],
    ["/privacy", "44-privacy"],
    ["/forgot-password", "45-forgot-password"],
  ]);
  // Who cannot wait calls: from the first page, and from the form beside what to do when there is gas.
  await page.goto("/");
  await expect(page.getByRole("link", { name: "Call (512) 555-0100" })).toHaveAttribute("href", "tel:+15125550100");
  await page.goto("/request?service=emergency");
  await expect(page.locator(".gas-notice").getByRole("link", { name: "Call (512) 555-0100" })).toHaveAttribute("href", "tel:+15125550100");
  await expect(page.locator(".gas-notice")).toBeVisible();
  expect(seen).toEqual([]);
});

test("the API is described", async ({ page }) => {
  await page.goto("/docs");
  await expect(page).toHaveTitle("Plumbline API");
  await expect(page.locator("rapi-doc")).toBeVisible();
});

test("a contractor goes through their portal", async ({ page }, info) => {
  test.setTimeout(900_000);
  const seen: string[] = [];
  watchConsole(page, seen);
  await signIn(page, "contractor@example.com", "plumbline-demo", /\/app\/contractor/);
  await goThrough(page, info, [
    ["/app/contractor/profile", "50-profile"],
    ["/app/contractor/performance", "51-performance"],
    ["/app/contractor/notifications", "52-notifications"],
    ["/app/contractor/settings", "53-settings"],
    ["/app/contractor/security", "57-security"],
    ["/app/contractor/billing/statement", "54-statement"],
    ["/app/contractor/leads", "55-inbox"],
  ]);
  await goThrough(page, info, [[await firstBelow(page, "/app/contractor/leads"), "56-lead"]]);
  expect(seen).toEqual([]);
});

test("an administrator goes through their portal", async ({ page }, info) => {
  test.setTimeout(900_000);
  const seen: string[] = [];
  watchConsole(page, seen);
  await signIn(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await goThrough(page, info, [
    ["/app/admin?range=90", "60-overview-90-days"],
    ["/app/admin/webhooks", "61-webhooks"],
  ]);
  await goThrough(page, info, [
    [await firstBelow(page, "/app/admin/webhooks"), "62-webhook"],
    ["/app/admin/scoring", "63-scoring"],
    ["/app/admin/sources", "64-sources"],
    ["/app/admin/exports", "65-exports"],
    ["/app/admin/backups", "66-backups"],
    ["/app/admin/audit", "67-audit"],
    ["/app/admin/calls", "67-calls"],
    ["/app/admin/settings", "68-settings"],
    ["/app/admin/security", "80-security"],
    ["/app/admin/simulator", "69-simulator"],
    ["/app/admin/billing?run=1", "70-invoice-run"],
    ["/app/admin/staff", "79-staff"],
  ]);
  await goThrough(page, info, [
    [await firstBelow(page, "/app/admin/staff"), "81-staff-member"],
    ["/app/admin/ledger", "71-ledger"],
  ]);
  await goThrough(page, info, [
    [await firstBelow(page, "/app/admin/ledger"), "82-account"],
    ["/app/admin/leads", "72-leads"],
  ]);
  await goThrough(page, info, [
    [await firstBelow(page, "/app/admin/leads"), "73-lead"],
    ["/app/admin/contractors", "74-contractors"],
  ]);
  await goThrough(page, info, [
    [await firstBelow(page, "/app/admin/contractors"), "75-contractor"],
    ["/app/admin/disputes", "76-disputes"],
  ]);
  await goThrough(page, info, [[await firstBelow(page, "/app/admin/disputes"), "77-dispute"]]);
  expect(seen).toEqual([]);
});

test("whoever opens a page chooses its theme there, and it stays", async ({ page }, info) => {
  test.skip(info.project.name !== "desktop", "once is enough");
  const dark = page.getByRole("button", { name: "Dark theme" });
  await page.goto("/login");
  await expect(dark).toBeVisible();
  await signIn(page, "contractor@example.com", "plumbline-demo", /\/app\/contractor/);
  await page.goto("/app/contractor/leads");
  await alive(page);
  await dark.click();
  const html = page.locator("html");
  await expect(html).toHaveAttribute("data-theme", "plumbline-dark");
  await page.reload();
  await alive(page);
  await expect(html).toHaveAttribute("data-theme", "plumbline-dark");
  await expect(dark).toHaveAttribute("aria-pressed", "true");
});

test("an administrator plays a call and sees the bill", async ({ page }, info) => {
  test.skip(info.project.name !== "desktop", "once is enough");
  await signIn(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await page.goto("/app/admin/simulator");
  await alive(page);
  const lead = page.locator('[name="call[leadId]"]');
  await lead.selectOption({ index: 1 });
  const chosen = await lead.inputValue();
  await page.getByRole("button", { name: /play/i }).click();
  await expect(page.getByRole("heading", { name: /happened/i })).toBeVisible();
  await expect(lead).toHaveValue(chosen);
  await inspect(page, info, "78-simulator-played");
});
