import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, type TestInfo } from "@playwright/test";
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ADMIN = { name: "admin", password: process.env.ADMIN_PASSWORD ?? "" };

/** Fails the test at its end when a page wrote a warning or an error to the console. */
export function watchConsole(page: Page, seen: string[]) {
  page.on("console", (message) => {
    // A slow machine starts the script later than the browser expects.
    if (message.text().includes("was preloaded using link preload but not used within a few seconds")) return;
    if (["error", "warning"].includes(message.type())) seen.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => seen.push(`${page.url()}: ${error.message}`));
}

/** Waits until the page is alive: its links and buttons answer to script. */
export async function alive(page: Page) {
  // Pages without a script are as alive as they get.
  const isAlive = () => !document.querySelector("script[type=module]") || document.documentElement.hasAttribute("data-alive");
  await page.waitForFunction(isAlive, null, { timeout: 90_000 });
}

/** What every page must hold, in light and in dark: no axe violation, no sideways scrolling; and screenshots to look at. */
export async function inspect(page: Page, info: TestInfo, name: string) {
  await expect(page.locator("h1").first()).toBeVisible();
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(width[0], `${name} scrolls sideways`).toBeLessThanOrEqual(width[1]);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `end2end/screenshots/${info.project.name}-${colorScheme}/${name}.png`, fullPage: true, animations: "disabled" });
    const axe = new AxeBuilder({ page });
    // The dark theme differs in its colours alone.
    if (colorScheme === "dark") axe.withRules("color-contrast");
    else axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
    const { violations } = await axe.analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), `${name}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Calls the API with what the administrator may do. */
export async function callApi(path: string, body: object = {}) {
  const authorization = `Basic ${Buffer.from(`${ADMIN.name}:${ADMIN.password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  const answer = await fetch(process.env.PLUMBLINE_URL + path, { method: "POST", headers, body: JSON.stringify(body) });
  return { ...(await answer.json()), status: answer.status };
}

/** A lead from the API: one whose ZIP code is served is Platinum. */
export async function submitLead(more: { customerPhone: string; customerZip: string } & Record<string, unknown>) {
  const usual = { serviceType: "ac_repair", timeline: "within_24_hours", budgetRange: "500-1000", propertyType: "residential" };
  const customer = { customerFirstName: "Jane", customerLastName: "Doe", customerEmail: "jane@example.com" };
  return callApi("/api/leads/submit", { ...usual, ...customer, ...more });
}

/** An approved contractor of the test's own, the only one in their ZIP code. Without a password they have the mailed link. */
export async function newContractor(businessName: string, zip: string, phone: string, password?: string) {
  const email = `${businessName.toLowerCase().replace(" ", ".")}@acts.example`;
  const account = { businessName, email, phone, serviceZipCodes: [zip], specializations: ["ac_repair"], password };
  const { contractor } = await callApi("/api/contractors/register", account);
  await callApi(`/api/admin/contractors/${contractor.id}/approve`);
  return { id: contractor.id as string, email };
}

/** Opens the mailed link and chooses a password. */
export async function choosePassword(page: Page, address: string, password: string) {
  const mail = await mailTo(address, /\/set-password\//);
  await page.goto(mail.match(/https?:\/\/[^\s"<>]+\/set-password\/[A-Za-z0-9_-]+/)?.[0] ?? "");
  await alive(page);
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set my password" }).click();
  await expect(page).toHaveURL(/\/login/);
}

/** The newest mail to this address whose text matches, as plain text. */
export async function mailTo(address: string, matching: RegExp): Promise<string> {
  const folder = join(process.env.E2E_DIR ?? "", "mail");
  let found = "";
  await expect
    .poll(() => {
      const mails = readdirSync(folder).filter((name) => name.endsWith(".eml")).map((name) => decode(readFileSync(join(folder, name), "utf8")));
      found = mails.find((mail) => mail.includes(address) && matching.test(mail)) ?? "";
      return found !== "";
    }, { message: `a mail to ${address}` })
    .toBe(true);
  return found;
}

function decode(eml: string) {
  const quoted = eml.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const blocks = eml.split(/\r?\n\r?\n/).map((block) => block.trim()).filter((block) => /^[A-Za-z0-9+/=\r\n]{80,}$/.test(block));
  return [quoted, ...blocks.map((block) => Buffer.from(block, "base64").toString("utf8"))].join("\n");
}

/** Calls the webhook as Twilio does, with a true signature. */
export async function twilioCall(fields: Record<string, string>) {
  const url = `${process.env.PLUMBLINE_URL}/api/webhooks/twilio/call-status`;
  const text = url + Object.keys(fields).sort().map((key) => key + fields[key]).join("");
  const signature = createHmac("sha1", process.env.TWILIO_AUTH_TOKEN ?? "").update(text).digest("base64");
  return fetch(url, { method: "POST", headers: { "X-Twilio-Signature": signature }, body: new URLSearchParams(fields) });
}

/** Signs in at /login and waits for the portal. */
export async function signIn(page: Page, name: string, password: string, portal: RegExp) {
  await page.goto("/login");
  await alive(page);
  await sendPassword(page, name, password);
  await expect(page).toHaveURL(portal);
}

/** Fills in and sends the form at /login. */
export async function sendPassword(page: Page, name: string, password: string) {
  await page.getByLabel("E-mail").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The first link of a page's main part that leads below `path`. */
export async function firstBelow(page: Page, path: string) {
  const href = await page.locator(`main a[href^="${path}/"]`).first().getAttribute("href");
  return href ?? path;
}

/** The four steps of /request with a pointer, up to the button that sends them. */
export async function fillRequest(page: Page, zip: string, phone: string) {
  const next = () => page.locator(".step.current").getByRole("button", { name: "Next" }).click();
  await page.getByText("AC is not cooling").click();
  await next();
  await page.getByText("A home").click();
  await page.getByLabel("ZIP code").fill(zip);
  await next();
  await page.getByText("Within 24 hours").click();
  await page.getByText("$500 to $1,000").click();
  await next();
  await page.getByLabel("First name").fill("Jane");
  await page.getByLabel("Last name").fill("Keys");
  await page.locator('[name="lead[customerPhone]"]').fill(phone);
  await page.locator('[name="lead[customerEmail]"]').fill("jane@example.com");
}

/** Moves the focus with the tab key alone until it is where it should be. */
export async function tabTo(page: Page, isThere: () => Promise<boolean>) {
  for (let i = 0; i < 80; i++) {
    if (await isThere()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("the keyboard does not get there");
}
