import { expect, type Page, test } from "@playwright/test";
import { ADMIN, alive, tabTo, watchConsole } from "./support";

// What people do all day, without a pointer. (The request form is in lead.spec.ts.)

/** Goes to what matches the selector and has this text, with the tab key alone. */
async function reach(page: Page, selector: string, text = "") {
  await tabTo(page, () =>
    page.evaluate(([s, t]) => (document.activeElement?.matches(s) && document.activeElement.textContent?.trim().startsWith(t)) ?? false, [selector, text]),
  );
}

async function signInByKeyboard(page: Page, name: string, password: string, portal: RegExp) {
  await page.goto("/login");
  await alive(page);
  await reach(page, "input[autocomplete=username], input[type=email]");
  await page.keyboard.type(name);
  await reach(page, "input[type=password]");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(portal);
}

/** Takes what the palette offers first for these words. */
async function choose(page: Page, words: string) {
  await page.keyboard.press("Control+k");
  await page.keyboard.type(words);
  await expect(page.locator(".palette [role=option]").first()).toContainText(words);
  await page.keyboard.press("Enter");
}

/** Opens the first row of a list. */
async function openFirst(page: Page, list: string) {
  await page.goto(list);
  await alive(page);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(new RegExp(list.replace("?", "\\?")));
}

test.beforeEach(({}, info) => test.skip(info.project.name !== "desktop", "phones have no keyboard"));

test("a contractor qualifies a lead and disputes a charge by keyboard", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, "contractor@example.com", "plumbline-demo", /\/app\/contractor/);
  await openFirst(page, "/app/contractor/leads?status=assigned");
  await reach(page, "button", "Mark qualified");
  await page.keyboard.press("Enter");
  await expect(page.getByText("This lead is qualified.")).toBeVisible();

  await page.goto("/app/contractor/billing");
  await alive(page);
  await reach(page, "a", "Dispute the charge");
  await page.keyboard.press("Enter");
  await reach(page, "select[name=reason]");
  await page.keyboard.type("Customer");
  await reach(page, "textarea[name=description]");
  await page.keyboard.type("Called three times, nobody answered.");
  await reach(page, "button", "Send the dispute");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/app\/contractor\/disputes/);
  await expect(page.getByText("Called three times, nobody answered.").filter({ visible: true }).first()).toBeVisible();
  expect(seen).toEqual([]);
});

test("an administrator approves a contractor and resolves a dispute by keyboard", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await page.goto("/app/admin/contractors?isApproved=false");
  await alive(page);
  await reach(page, "button", "Approve");
  const name = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name, exact: true })).toHaveCount(0);

  await openFirst(page, "/app/admin/disputes?status=under_review");
  await reach(page, 'input[name="decision[resolution]"]');
  await page.keyboard.press("Space");
  await reach(page, "button", "Decide the dispute");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Dispute approved").filter({ visible: true }).first()).toBeVisible();
  expect(seen).toEqual([]);
});

test("a saved view that was deleted is taken back by keyboard", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await page.goto("/app/admin/leads?status=assigned");
  await alive(page);
  const name = `Kept ${Date.now()}`;
  const tab = page.getByRole("link", { name });
  await reach(page, "summary", "Save this view");
  await page.keyboard.press("Enter");
  await reach(page, ".menu input[name=name]");
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await expect(tab).toBeVisible();
  await page.goto("/app/admin/leads?status=assigned");
  await alive(page);
  await reach(page, "summary", "Change this view");
  await page.keyboard.press("Enter");
  await reach(page, "button", "Delete the view");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: `The view ${name} is gone.` })).toBeVisible();
  await expect(tab).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Undo" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(tab).toBeVisible();
  expect(seen).toEqual([]);
});

test("the slash key searches the lists that were made for it last", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  for (const list of ["bounced", "ledger"]) {
    await page.goto(`/app/admin/${list}`);
    await alive(page);
    await page.keyboard.press("/");
    await expect(page.locator("#list-search")).toBeFocused();
    await page.keyboard.type("nothing is called so");
    await expect(page).toHaveURL(/q=nothing/);
    await expect(page.getByRole("heading", { name: /^No (such addresses|entries here)$/ })).toBeVisible();
  }
  expect(seen).toEqual([]);
});

test("the palette changes the theme and signs out", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await page.goto("/app/admin");
  await alive(page);
  await choose(page, "Staff and roles");
  await expect(page).toHaveURL(/\/app\/admin\/staff/);
  await choose(page, "Dark theme");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "plumbline-dark");
  expect(seen).toEqual([]);
  await choose(page, "Sign out");
  await expect(page).toHaveURL(/\/login/);
});

test("the palette presses what the page offers", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await page.goto("/app/admin/leads?status=qualified");
  await alive(page);
  await choose(page, "Select all");
  await expect(page.getByText(/^\d+ leads selected$/)).toBeVisible();
  await choose(page, "Clear");
  await expect(page).not.toHaveURL(/status=/);
  expect(seen).toEqual([]);
});

test("the palette finds a contractor by the beginning of the name", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  await page.goto("/app/admin");
  await alive(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("golden st");
  const first = page.locator(".palette [role=option]").first();
  await expect(first).toContainText("Golden State Heating & Air");
  await expect(first).toContainText("Contractor ·");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/app\/admin\/contractors\/[0-9a-f]{32}$/);
  await expect(page.getByRole("heading", { level: 1, name: "Golden State Heating & Air" })).toBeVisible();
  expect(seen).toEqual([]);
});

test("an administrator walks through the leads, ticks one, opens it and looks for another, by keyboard", async ({ page }) => {
  const seen: string[] = [];
  watchConsole(page, seen);
  await signInByKeyboard(page, ADMIN.name, ADMIN.password, /\/app\/admin/);
  // Nothing happens to these any more.
  await page.goto("/app/admin/leads?status=qualified");
  await alive(page);
  const press = async (key: string) => {
    await page.keyboard.press(key);
    return page.evaluate(() => document.activeElement?.closest("tr") && document.activeElement.getAttribute("href"));
  };
  const first = (await press("j")) ?? "";
  expect(first).toMatch(/\/app\/admin\/leads\/[0-9a-f]{32}$/);
  expect(await press("j")).not.toBe(first);
  expect(await press("k")).toBe(first);
  const name = (await page.locator(`a[href="${first}"] > span`).first().textContent()) ?? "";
  await press("x");
  await expect(page.locator("tr", { has: page.locator(`a[href="${first}"]`) }).getByRole("checkbox")).toBeChecked();
  await expect(page.getByText("1 lead selected")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(first);
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();

  await page.goto("/app/admin/leads");
  await alive(page);
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type(name);
  const rows = page.locator("tbody tr");
  await expect(rows.filter({ hasNotText: name })).toHaveCount(0);
  await expect(rows.first()).toContainText(name);
  expect(seen).toEqual([]);
});
