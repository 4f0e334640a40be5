import { expect, test } from "@playwright/test";
import { ADMIN, alive, inspect, mailTo, newContractor, signIn, submitLead, twilioCall, watchConsole } from "./support";

test("the pages about money are whole with a company's data", async ({ browser, page }, info) => {
  test.setTimeout(900_000);
  const seen: string[] = [];
  const options = { viewport: info.project.use.viewport, colorScheme: info.project.use.colorScheme, hasTouch: info.project.use.hasTouch };
  const admin = await (await browser.newContext(options)).newPage();
  for (const one of [page, admin]) watchConsole(one, seen);

  await test.step("a contractor reads the charges and the disputes", async () => {
    await signIn(page, "contractor@example.com", "plumbline-demo", /\/app\/contractor/);
    for (const [path, name] of [["billing", "30-contractor-billing"], ["disputes", "31-contractor-disputes-full"]]) {
      await page.goto(`/app/contractor/${path}`);
      await alive(page);
      await inspect(page, info, name);
    }
  });

  await test.step("the administrator goes through billing, disputes, jobs and bounced mail", async () => {
    await signIn(admin, ADMIN.name, ADMIN.password, /\/app\/admin/);
    for (const [path, name] of [["billing", "32-admin-billing"], ["disputes", "33-admin-disputes"], ["jobs", "34-admin-jobs"], ["bounced", "35-admin-bounced"]]) {
      await admin.goto(`/app/admin/${path}`);
      await alive(admin);
      await inspect(admin, info, name);
    }
  });

  await test.step("a customer opens the mailed link and says how it was", async () => {
    await fetch(`${process.env.PLUMBLINE_URL}/api/cron/send-feedback-emails?secret=${process.env.CRON_SECRET}`, { method: "POST" });
    const mail = await mailTo("", /\/feedback\/[A-Za-z0-9_-]+/);
    const link = mail.match(/https?:\/\/[^\s"<>]+\/feedback\/[A-Za-z0-9_-]+/)?.[0] ?? "";
    await page.goto(link);
    await alive(page);
    await inspect(page, info, "36-feedback");
    await page.goto("/feedback/nothing");
    await alive(page);
    await expect(page.getByText("This link does not work")).toBeVisible();
    await inspect(page, info, "37-feedback-unknown");
  });

  expect(seen.filter((line) => !line.includes("/feedback/nothing"))).toEqual([]);
});

test("a contractor pays a charge and sees it paid", async ({ page }, info) => {
  test.skip(info.project.name !== "desktop", "once is enough");
  const seen: string[] = [];
  watchConsole(page, seen);
  const { email } = await newContractor("Prompt Plumbing", "59022", "5556220000", "a copper pipe sings");
  await submitLead({ customerZip: "59022", customerPhone: "5556220001", customerLastName: "Payable" });
  const call = { CallSid: "CAprompt", CallStatus: "completed", CallDuration: "45", From: "+15556220000", To: "+15556220001", Direction: "outbound-api" };
  expect((await twilioCall(call)).status).toBe(200);
  await signIn(page, email, "a copper pipe sings", /\/app\/contractor/);
  await page.goto("/app/contractor/billing");
  await alive(page);
  const balance = page.locator(".stat", { hasText: "Balance to pay" });
  await expect(balance).toContainText("$250.00");
  await page.getByRole("checkbox", { name: "Pay $250.00 for Jane Payable" }).check();
  await expect(page.getByText("1 charge chosen, $250.00")).toBeVisible();
  await page.getByRole("button", { name: "Pay the chosen charges" }).click();

  await expect(page.getByRole("heading", { name: "Pay $250.00" })).toBeVisible();
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await expect(page.getByText("We have your payment of $250.00")).toBeVisible();
  await page.goto("/app/contractor/billing");
  await expect(page.getByRole("row").filter({ hasText: "Jane Payable" }).getByText("Paid", { exact: true })).toBeVisible();
  await expect(page.getByRole("checkbox", { name: "for Jane Payable" })).toHaveCount(0);
  await expect(balance).toContainText("$0.00");
  expect(seen).toEqual([]);
});
