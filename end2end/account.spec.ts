import { expect, type Page, test } from "@playwright/test";
import { createHmac } from "node:crypto";
import { alive, choosePassword, newContractor, signIn, watchConsole } from "./support";

// What people do about their own account.

const PASSWORD = "a copper pipe sings";
const PORTAL = /\/app\/contractor/;

/** What an authenticator app shows so many half minutes from now (RFC 6238). */
function codeOf(key: string, ahead = 0) {
  const bits = [...key.replaceAll("-", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"));
  const secret = Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac("sha1", secret).update(step).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function openSecurity(page: Page) {
  await page.goto("/app/contractor/security");
  await alive(page);
}

async function signOut(page: Page) {
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page).toHaveURL(/\/login/);
}

test("a contractor pauses new leads until a day, and resumes them before", async ({ page }, info) => {
  test.skip(info.project.name !== "desktop", "once is enough");
  const seen: string[] = [];
  watchConsole(page, seen);
  const { email } = await newContractor("Resting Radiators", "59027", "5556270000", PASSWORD);
  await signIn(page, email, PASSWORD, PORTAL);
  await page.goto("/app/contractor/profile");
  await alive(page);
  const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("Pause until").fill(day);
  await page.getByRole("button", { name: "Pause new leads" }).click();
  await expect(page.getByText("New leads come again by themselves.")).toBeVisible();
  await page.reload();
  await alive(page);
  await page.getByRole("button", { name: "Resume new leads" }).click();
  await expect(page.getByRole("button", { name: "Pause new leads" })).toBeVisible();
  expect(seen).toEqual([]);
});

test("a contractor turns two-factor sign-in on, signs in with a code, and turns it off", async ({ page }, info) => {
  test.skip(info.project.name !== "desktop", "once is enough");
  const seen: string[] = [];
  watchConsole(page, seen);
  const { email } = await newContractor("Careful Cooling", "59021", "5556210000");
  await choosePassword(page, email, PASSWORD);
  await signIn(page, email, PASSWORD, PORTAL);

  await openSecurity(page);
  await page.getByRole("button", { name: "Set it up" }).click();
  const key = (await page.locator('p:has-text("Or type this key:") + p').textContent()) ?? "";
  const recoveryCode = (await page.locator("ul.font-mono li").first().textContent()) ?? "";
  await page.getByLabel("Code", { exact: true }).fill(codeOf(key));
  await page.getByRole("button", { name: "Switch it on" }).click();
  await expect(page.getByText("10 recovery codes are left.")).toBeVisible();

  await signOut(page);
  await signIn(page, email, PASSWORD, /\/login\?step=code/);
  await expect(page.getByRole("heading", { name: "Type your code" })).toBeVisible();
  // Each code works once; the next one is taken already.
  await page.getByLabel("Code", { exact: true }).fill(codeOf(key, 1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(PORTAL);

  await openSecurity(page);
  await page.getByText("Switch it off", { exact: true }).click();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Code from the app, or a recovery code").fill(recoveryCode);
  await page.getByRole("button", { name: "Switch off two-factor sign-in" }).click();
  await expect(page.getByText("Two-factor sign-in is off.")).toBeVisible();

  await signOut(page);
  await signIn(page, email, PASSWORD, PORTAL);
  await openSecurity(page);
  await expect(page.getByRole("button", { name: "Set it up" })).toBeVisible();
  expect(seen).toEqual([]);
});
