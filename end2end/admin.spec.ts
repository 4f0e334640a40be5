import { execFileSync } from "node:child_process";
import { expect, type Page, test } from "@playwright/test";
import { ADMIN, alive, callApi, choosePassword, firstBelow, newContractor, sendPassword, signIn, submitLead, watchConsole } from "./support";

// What people do in the office.

const PASSWORD = "a copper pipe sings";
const PORTAL = /\/app\/admin/;
const LEADS = "/app/admin/leads";

let seen: string[] = [];

test.beforeEach(async ({ page }, info) => {
  test.skip(info.project.name !== "desktop", "once is enough");
  seen = [];
  watchConsole(page, seen);
  await signIn(page, ADMIN.name, ADMIN.password, PORTAL);
});

test.afterEach(() => expect(seen).toEqual([]));

async function open(page: Page, path: string) {
  await page.goto(path);
  await alive(page);
}

/** Presses the button of the question that is asked. */
async function answer(page: Page, question: string, button: string) {
  await page.getByRole("dialog", { name: question }).getByRole("button", { name: button }).click();
}

test("an administrator invites somebody who may only read", async ({ browser, page }) => {
  const address = "rita.reads@acts.example";
  await open(page, "/app/admin/staff");
  await page.locator('[name="new[name]"]').fill("Rita Reads");
  await page.locator('[name="new[email]"]').fill(address);
  await page.getByRole("radio", { name: "Read-only" }).check();
  await page.getByRole("button", { name: "Send the invitation" }).click();
  const row = page.getByRole("row").filter({ hasText: address });
  await expect(row).toContainText("Read-only");
  await expect(row).toContainText("Invited");

  const staff = await (await browser.newContext()).newPage();
  watchConsole(staff, seen);
  await choosePassword(staff, address, PASSWORD);
  await signIn(staff, address, PASSWORD, PORTAL);
  for (const [one, finds] of [[page, 1], [staff, 0]] as const) {
    await open(one, LEADS);
    await expect(one.locator("tbody tr").first()).toBeVisible();
    await expect(one.getByRole("button", { name: "Assign", exact: true })).toHaveCount(finds);
    await expect(one.getByRole("link", { name: "Staff", exact: true })).toHaveCount(finds);
    await one.goto("/app/admin/contractors?isApproved=true&status=active");
    await one.goto(await firstBelow(one, "/app/admin/contractors"));
    await expect(one.getByRole("heading", { name: "Performance" })).toBeVisible();
    await expect(one.getByRole("link", { name: "Suspend", exact: true })).toHaveCount(finds);
  }
  await open(page, "/app/admin/staff");
  await expect(row).toContainText("Active");
});

test("an administrator assigns several waiting leads at once", async ({ page }) => {
  test.skip(!process.env.DATABASE_URL?.startsWith("sqlite://"), "lets a day pass in a SQLite file");
  const business = "Patient Pipes";
  const { id } = await newContractor(business, "59023", "5556230000");
  await open(page, `/app/admin/contractors/${id}`);
  await page.locator('[name="share[dailyCap]"]').fill("2");
  await page.getByRole("button", { name: "Save the share" }).click();
  await expect(page.getByText("The share of leads is saved.")).toBeVisible();
  const names = ["Anna", "Boris", "Clara", "David"];
  const taken: number[] = [];
  for (const [i, customerFirstName] of names.entries()) {
    const lead = { customerFirstName, customerLastName: "Patiently", customerPhone: `555623000${i + 1}`, customerZip: "59023" };
    taken.push((await submitLead(lead)).status);
  }
  // Two a day: the others wait.
  expect(taken).toEqual([201, 201, 404, 404]);

  await open(page, `${LEADS}?q=Patiently`);
  const row = (name: string) => page.getByRole("row").filter({ hasText: `${name} Patiently` });
  for (const name of ["Clara", "David"]) {
    await expect(row(name)).toContainText("Waiting");
    await row(name).getByRole("checkbox").check();
  }
  await expect(page.getByText("2 leads selected")).toBeVisible();
  await page.locator("select[name=to]").selectOption({ label: business });
  yesterday(id);
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(page.getByRole("heading", { name: "What became of them" })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: `went to ${business}` })).toHaveCount(2);
  await page.reload();
  for (const name of ["Clara", "David"]) await expect(row(name)).toContainText(business);
});

/** Makes what a contractor got something of yesterday: their limit of leads a day begins anew. No page lets time pass. */
function yesterday(contractorId: string) {
  const file = process.env.DATABASE_URL?.slice("sqlite://".length) ?? "";
  const at = new Date(Date.now() - 30 * 3_600_000).toISOString().replace("Z", "+00:00");
  const code = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=30) as db:
    db.execute("update lead_assignments set assigned_at = ? where contractor_id = ?", sys.argv[2:])`;
  execFileSync("python3", ["-c", code, file, at, contractorId]);
}

test("an administrator lets several applicants in at once", async ({ page }) => {
  const names = ["Early Boilers", "Late Boilers"];
  for (const [i, businessName] of names.entries()) {
    const email = `${businessName.toLowerCase().replace(" ", ".")}@acts.example`;
    const work = { serviceZipCodes: ["59028"], specializations: ["ac_repair"] };
    await callApi("/api/contractors/register", { businessName, email, phone: `555628000${i}`, ...work });
  }
  await open(page, "/app/admin/contractors?q=Boilers");
  for (const name of names) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
  await expect(page.getByText("2 contractors selected")).toBeVisible();
  await page.getByRole("button", { name: "Mark as approved" }).click();
  await answer(page, "Approve the selected contractors?", "Approve them");
  await expect(page.getByText("2 contractors are approved. The welcome mails are on their way.")).toBeVisible();
  await expect(page.locator("tbody").getByText("Awaiting review")).toHaveCount(0);
});

test("an administrator keeps invoiced charges as a view, and comes back to them", async ({ page }) => {
  await open(page, "/app/admin/billing?status=invoiced");
  const name = `Invoiced ${Date.now()}`;
  await page.locator("summary", { hasText: "Save this view" }).click();
  await page.locator(".menu input[name=name]").fill(name);
  await page.getByRole("button", { name: "Save the view" }).click();
  const views = page.getByRole("navigation", { name: "Saved views" });
  await expect(views.getByRole("link", { name })).toBeVisible();
  await views.getByRole("link", { name: "All", exact: true }).click();
  await expect(page).not.toHaveURL(/status=/);
  await views.getByRole("link", { name }).click();
  await expect(page).toHaveURL(/status=invoiced/);
  await expect(page.locator("select[name=status]")).toHaveValue("invoiced");
});

test("an administrator merges a duplicate into the first lead", async ({ page }) => {
  const request = { customerFirstName: "Dora", customerLastName: "Doubled", customerPhone: "5556240001", customerZip: "59024" };
  await submitLead(request);
  const { duplicateOf } = await submitLead(request);
  const first = `${LEADS}/${duplicateOf}`;
  await open(page, `${LEADS}?q=Doubled`);
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(2);
  // The newest is on top.
  const duplicate = await firstBelow(page, LEADS);
  expect(duplicate).not.toBe(first);

  await open(page, duplicate);
  await page.getByRole("button", { name: "Merge with the lead for ac repair" }).click();
  await answer(page, "Merge the two leads of Dora Doubled?", "Merge the leads");
  await expect(page).toHaveURL(first);
  const merged = page.getByText("Merged with another lead");
  await expect(merged).toBeVisible();
  await page.reload();
  await expect(merged).toBeVisible();
  await expect(page.getByRole("heading", { name: "Same customer" })).toHaveCount(0);
  await page.goto(`${LEADS}?q=Doubled`);
  await expect(rows).toHaveCount(1);
  await page.goto(duplicate);
  await expect(page.getByText("This lead was merged into another")).toBeVisible();
});

test("an administrator tries a change of the scoring, publishes it, and goes back to the version before", async ({ page }) => {
  // Worth little wherever it comes from, so that nobody gets it; and no other test asks for maintenance.
  const small = { serviceType: "maintenance", timeline: "flexible", budgetRange: "0-100", customerEmail: undefined };
  const submit = (customerPhone: string) => submitLead({ ...small, customerPhone, customerZip: "59025" });
  const inUse = page.getByRole("row").filter({ hasText: "In use" });
  const version = async () => (await inUse.getByText(/^Version \d+$/).textContent())?.replace("Version ", "") ?? "";
  const points = page.locator('[name="draft[weights.service.maintenance]"]');
  const draft = async (note: string) => {
    await page.locator('[name="draft[note]"]').fill(note);
    await page.getByRole("button", { name: "Begin a draft" }).click();
    await expect(page.getByRole("heading", { name: "What the draft would have changed" })).toBeVisible();
  };
  const publish = async (note: string) => {
    await page.getByRole("link", { name: "Publish the draft" }).click();
    await answer(page, "Publish the draft?", "Publish the draft");
    await expect(inUse).toContainText(note);
  };
  const scored = async (lead: { leadId: string }, total: string, by: string) => {
    await page.goto(`${LEADS}/${lead.leadId}`);
    const card = page.locator(".panel", { hasText: "of 200 points" });
    await expect(card.locator(".stat-value")).toHaveText(total);
    await expect(card).toContainText(`Scored with version ${by}.`);
  };

  await open(page, "/app/admin/scoring");
  // What was typed goes with the draft.
  await points.fill("50");
  await page.getByRole("link", { name: "Discard" }).click();
  await answer(page, "Discard the draft?", "Discard the draft");
  await expect(page.getByRole("heading", { name: "A new draft" })).toBeVisible();
  await expect(points).toHaveValue("15");
  const before = await version();
  const early = await submit("5556250001");
  await points.fill("35");
  await draft("Maintenance counts more");
  await expect(page.locator(".stat", { hasText: "Change category" }).locator(".stat-value")).toHaveText(/^[1-9]\d*$/);
  await publish("Maintenance counts more");
  const after = await version();
  expect(after).not.toBe(before);
  const meanwhile = await submit("5556250002");

  await page.getByRole("link", { name: `Use its numbers of version ${before}` }).click();
  await expect(page).toHaveURL(/from=/);
  await alive(page);
  await expect(points).toHaveValue("15");
  await draft("As it was");
  await publish("As it was");
  expect((await submit("5556250003")).score).toBe(35);
  await scored(early, "35", before);
  await scored(meanwhile, "55", after);
});

test("an administrator suspends a contractor and says why, undoes it, suspends again, and lets them work again", async ({ browser, page }) => {
  const business = "Steady Heating";
  const { id, email } = await newContractor(business, "59026", "5556260000", PASSWORD);
  const owner = await (await browser.newContext()).newPage();
  await open(owner, "/login");
  await open(page, `/app/admin/contractors/${id}`);
  const reason = "Two customers say that nobody came.";
  const [suspended, active] = [page.getByText("Suspended: cannot sign in and gets no leads."), page.getByText("Active and accepting leads.")];
  const suspend = async () => {
    await page.getByRole("link", { name: "Suspend", exact: true }).click();
    await page.getByRole("dialog", { name: `Suspend ${business}?` }).getByLabel("Reason").fill(reason);
    await answer(page, `Suspend ${business}?`, `Suspend ${business}`);
    await expect(suspended).toBeVisible();
    await expect(page.getByText(reason)).toBeVisible();
  };
  await suspend();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(active).toBeVisible();
  await expect(page.getByText(reason)).toHaveCount(0);
  await suspend();
  await sendPassword(owner, email, PASSWORD);
  await expect(owner.getByRole("alert")).toContainText("Your account is suspended. Please contact support.");

  await page.reload();
  await alive(page);
  await expect(suspended).toBeVisible();
  await expect(page.getByText(reason)).toBeVisible();
  await page.getByRole("button", { name: "Take back the suspension" }).click();
  await expect(active).toBeVisible();
  await sendPassword(owner, email, PASSWORD);
  await expect(owner).toHaveURL(/\/app\/contractor/);
  await page.goto(`/app/admin/audit?subject=${id}`);
  await expect(page.getByRole("row").filter({ hasText: "Contractor suspended" }).first()).toContainText(`Reason: ${reason}`);
});

test("an administrator lets mail go to bounced addresses again, one and several, and undoes it", async ({ page }) => {
  await open(page, "/app/admin/bounced");
  const row = page.getByRole("row").filter({ hasText: "old.address@example.com" });
  await row.getByRole("button", { name: "Send mail again" }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("550 5.1.1 no such mailbox");

  await page.getByRole("link", { name: "Address", exact: true }).click();
  await expect(page).toHaveURL(/sort=/);
  await page.getByRole("button", { name: "Select all" }).click();
  await expect(page.getByText(/\d addresses selected/)).toBeVisible();
  await page.locator(".bulk-bar").getByRole("button", { name: "Send mail again" }).click();
  await expect(page.getByText(/\d addresses get mail again\./)).toBeVisible();
  await expect(row).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("550 5.1.1 no such mailbox");

  // The log is searched by the address, and says when in words.
  await open(page, "/app/admin/audit?subject=old.address&sort=when");
  await expect(page.getByRole("row").filter({ hasText: "Bounce lifted" }).first()).toContainText(/Created at: \w{3}, \w{3} \d/);
});
