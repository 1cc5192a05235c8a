// Sends the mail that standard input describes, in the way that the first argument names, and prints what SES
// answered: {"messageId"} or {"error", "message", "status"}. Written as somebody would who knows of no emulator:
// where SES is comes from AWS_ENDPOINT_URL, AWS_REGION and the credentials in the environment.
"use strict";
const fs = require("node:fs");
const { SESClient, SendEmailCommand, SendRawEmailCommand } = require("@aws-sdk/client-ses");
const v2 = require("@aws-sdk/client-sesv2");
const nodemailer = require("nodemailer");
const MailComposer = require("nodemailer/lib/mail-composer");

const mail = JSON.parse(fs.readFileSync(0, "utf8"));
const utf8 = (text) => ({ Data: text, Charset: "UTF-8" });
const destination = { ToAddresses: mail.to, CcAddresses: mail.cc, BccAddresses: mail.bcc };
const everybody = [...mail.to, ...mail.cc, ...mail.bcc];
const body = { Text: utf8(mail.text), Html: utf8(mail.html) };
const files = mail.attachments.map((file) => ({ ...file, bytes: Buffer.from(file.content, "base64") }));

const forNodemailer = {
  from: mail.from,
  to: mail.to,
  cc: mail.cc,
  bcc: mail.bcc,
  replyTo: mail.reply_to,
  subject: mail.subject,
  text: mail.text,
  html: mail.html,
  headers: mail.headers,
  attachments: files.map((file) => ({ filename: file.name, contentType: file.type, content: file.bytes })),
};

const ways = {
  async "v1 SendEmail"() {
    const answer = await new SESClient({}).send(
      new SendEmailCommand({
        Source: mail.from,
        Destination: destination,
        ReplyToAddresses: mail.reply_to,
        Message: { Subject: utf8(mail.subject), Body: body },
      }),
    );
    return answer.MessageId;
  },

  async "v1 SendRawEmail"() {
    const composed = await new MailComposer(forNodemailer).compile().build();
    const answer = await new SESClient({}).send(
      new SendRawEmailCommand({ Source: mail.from, Destinations: everybody, RawMessage: { Data: composed } }),
    );
    return answer.MessageId;
  },

  async "v2 SendEmail, simple"() {
    const answer = await new v2.SESv2Client({}).send(
      new v2.SendEmailCommand({
        FromEmailAddress: mail.from,
        Destination: destination,
        ReplyToAddresses: mail.reply_to,
        Content: {
          Simple: {
            Subject: utf8(mail.subject),
            Body: body,
            Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
            Attachments: files.map((file) => ({
              FileName: file.name,
              ContentType: file.type,
              RawContent: file.bytes,
            })),
          },
        },
      }),
    );
    return answer.MessageId;
  },

  async "v2 SendEmail, raw"() {
    const composed = await new MailComposer(forNodemailer).compile().build();
    const answer = await new v2.SESv2Client({}).send(
      new v2.SendEmailCommand({ Destination: destination, Content: { Raw: { Data: composed } } }),
    );
    return answer.MessageId;
  },

  async "nodemailer by the API"() {
    const transport = nodemailer.createTransport({
      SES: { sesClient: new v2.SESv2Client({}), SendEmailCommand: v2.SendEmailCommand },
    });
    const answer = await transport.sendMail(forNodemailer);
    return answer.response;
  },

  async "nodemailer by SMTP"() {
    const { host, port, tls_port, user, password } = mail.smtp;
    return bySmtp({ host, port, requireTLS: true, auth: { user, pass: password } });
  },

  async "nodemailer by SMTP in TLS"() {
    const { host, port, tls_port, user, password } = mail.smtp;
    return bySmtp({ host, port: tls_port, secure: true, auth: { user, pass: password } });
  },
};

async function bySmtp(options) {
  // The emulator's certificate is its own.
  const transport = nodemailer.createTransport({ ...options, tls: { rejectUnauthorized: false } });
  try {
    const answer = await transport.sendMail(forNodemailer);
    return answer.response.replace(/^250 Ok /, "");
  } finally {
    transport.close();
  }
}

ways[process.argv[2]]().then(
  (messageId) => console.log(JSON.stringify({ messageId })),
  (problem) =>
    console.log(
      JSON.stringify({
        error: problem.name,
        message: problem.message,
        status: problem.$metadata?.httpStatusCode ?? problem.responseCode ?? null,
      }),
    ),
);
