import { expect, type Page, test } from "@playwright/test";
import { ADMIN, alive, fillRequest, firstBelow, sendPassword, signIn } from "./support";

// What comes between a person and the server: no network, a session that has ended, somebody else who was faster, no script.

test.beforeEach(({}, info) => test.skip(info.project.name !== "desktop", "once is enough"));

test("a request that is sent without a network waits, and is sent once", async ({ context, page }) => {
  let sent = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/rpc/submit_lead")) sent += 1;
  });
  await page.goto("/request");
  await alive(page);
  await fillRequest(page, "59098", "5552224444");
  await context.setOffline(true);
  await page.getByRole("button", { name: "Send my request" }).click();
  await expect(page.getByText("You are offline. We send this as soon as you are back: leave the page open.")).toBeVisible();
  await expect(page.getByLabel("First name")).toHaveValue("Jane");
  await expect(page.locator('[name="lead[customerEmail]"]')).toHaveValue("jane@example.com");
  expect(sent).toBe(0);
  await context.setOffline(false);
  await expect(page.getByRole("heading", { name: "We have your request" })).toBeVisible();
  expect(sent).toBe(1);
});

test("what somebody typed when their session ended is there again after signing in", async ({ context, page }) => {
  await signIn(page, "contractor@example.com", "plumbline-demo", /\/app\/contractor/);
  await page.goto("/app/contractor/leads");
  await alive(page);
  const lead = await firstBelow(page, "/app/contractor/leads");
  await page.goto(lead);
  await alive(page);
  const note = page.locator("textarea[name=body]");
  await note.fill("The key is under the mat.");
  await context.clearCookies();
  await page.getByRole("button", { name: "Save the note" }).click();
  await page.getByRole("link", { name: /^Sign in/ }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await sendPassword(page, "contractor@example.com", "plumbline-demo");
  await expect(page).toHaveURL(lead);
  await expect(page.getByText("What you typed before is back.")).toBeVisible();
  await expect(note).toHaveValue("The key is under the mat.");
  await page.getByRole("button", { name: "Save the note" }).click();
  await expect(page.getByText("Your note is saved.")).toBeVisible();
});

test("of two administrators who change the same share the second is told", async ({ context, page: first }) => {
  await signIn(first, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await first.goto("/app/admin/contractors?q=Sierra");
  await alive(first);
  const contractor = await firstBelow(first, "/app/admin/contractors");
  const second = await context.newPage();
  for (const page of [first, second]) {
    await page.goto(contractor);
    await alive(page);
  }
  const share = (page: Page) => page.locator('[name="share[weight]"]');
  const save = (page: Page) => page.getByRole("button", { name: "Save the share" }).click();
  const saved = "The share of leads is saved.";
  await share(second).fill("5");
  await share(first).fill("4");
  await save(first);
  await expect(first.getByText(saved)).toBeVisible();

  await save(second);
  await expect(second.getByText("Somebody else changed this while you were here.")).toBeVisible();
  await expect(second.getByRole("alert").getByText("Share is now 4")).toBeVisible();
  await expect(share(second)).toHaveValue("5");
  // Now they have seen it, and may overwrite it.
  await expect(second.locator('[name="seen[weight]"]')).toHaveValue("4");
  await save(second);
  await expect(second.getByText(saved)).toBeVisible();
  await first.reload();
  await expect(share(first)).toHaveValue("5");
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("a contractor marks a lead contacted", async ({ page }) => {
    await page.goto("/login");
    await sendPassword(page, "coolbreezeair@example.com", "plumbline-demo");
    await expect(page).toHaveURL(/\/app\/contractor/);
    await page.goto("/app/contractor/leads?status=assigned");
    await page.goto(await firstBelow(page, "/app/contractor/leads"));
    await page.getByRole("button", { name: "Mark contacted" }).click();
    await expect(page.getByRole("button", { name: "Mark contacted" })).toHaveCount(0);
    await expect(page.getByText("Contacted", { exact: true }).filter({ visible: true }).first()).toBeVisible();
  });

  test("an administrator looks for qualified leads", async ({ page }) => {
    await page.goto("/login");
    await sendPassword(page, ADMIN.name, ADMIN.password);
    await expect(page).toHaveURL(/\/app\/admin/);
    await page.goto("/app/admin/leads");
    await page.locator("select[name=status]").selectOption("qualified");
    await page.getByRole("button", { name: "Apply", exact: true }).click();
    await expect(page).toHaveURL(/status=qualified/);
    await expect(page.locator("select[name=status]")).toHaveValue("qualified");
    const rows = page.locator("tbody tr");
    await expect(rows.filter({ hasText: "Qualified" }).first()).toBeVisible();
    await expect(rows.filter({ hasNotText: "Qualified" })).toHaveCount(0);
  });
});
