// Reads a channel's messages, as Discord's API gives them, from its input and writes them as the elements of discord-components.
//
// `{"channel": "reading", "kind": "text", "messages": [...]}`, as tests/discord_page.py sends it; beside a message of Discord's own stand `thread` (its thread, with `messages`) and `asked`
// (`{"name", "command"}`: who used which command for an answer). What these elements cannot draw is an error, so that no picture leaves it out in silence.
import { readFileSync } from "node:fs";
import markdown from "discord-markdown-parser";

const EPHEMERAL = 1 << 6;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "destructive" };
const COLOURS = ["#5865f2", "#3ba55d", "#eb459e", "#faa61a"];
const INLINE = {
  strong: "discord-bold", em: "discord-italic", underline: "discord-underlined", inlineCode: "discord-code", spoiler: "discord-spoiler", strikethrough: "s",
};

const safe = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

function refuse(what, value) {
  throw new Error(`discord-components draw no ${what}: ${JSON.stringify(value)}`);
}

function inline(nodes) {
  if (typeof nodes === "string") return safe(nodes);
  return nodes.map(node).join("");
}

function node(one) {
  if (INLINE[one.type]) return `<${INLINE[one.type]}>${inline(one.content)}</${INLINE[one.type]}>`;
  switch (one.type) {
    case "text": return inline(one.content);
    case "br": case "newline": return "<br>";
    case "link": case "url": case "autolink": return `<discord-link href="${safe(one.target)}">${inline(one.content)}</discord-link>`;
    case "twemoji": case "emoticon": return safe(one.name ?? one.content);
    case "user": return `<discord-mention>${safe(one.id)}</discord-mention>`;
    case "role": return `<discord-mention type="role">${safe(one.id)}</discord-mention>`;
    case "channel": return `<discord-mention type="channel">${safe(one.id)}</discord-mention>`;
    case "slashCommand": return `<discord-mention type="slash">${safe(one.fullName ?? one.name)}</discord-mention>`;
    default: return refuse("markdown like this", one);
  }
}

const marked = (text) => inline(markdown.parse(text, "extended"));

// Quotations, small print, headings and lists are matters of a line's beginning; the parser takes them for plain text behind a quotation.
function written(text) {
  const blocks = [];
  for (const line of (text ?? "").split("\n")) {
    const [, lead = "", rest] = /^(> |-# |#{1,3} |- )?(.*)$/s.exec(line);
    const last = blocks.at(-1);
    if (lead === "> " && last?.lead === "> ") last.html += `<br>${marked(rest)}`;
    else if (lead || !last || last.lead) blocks.push({ lead, html: marked(rest) });
    else last.html += `<br>${marked(rest)}`;
  }
  return blocks.map(({ lead, html }) => {
    if (lead === "> ") return `<discord-quote>${html}</discord-quote>`;
    if (lead === "-# ") return `<discord-subscript>${html}</discord-subscript>`;
    if (lead === "- ") return `<discord-unordered-list><discord-list-item>${html}</discord-list-item></discord-unordered-list>`;
    if (lead) return `<discord-header level="${lead.length - 1}">${html}</discord-header>`;
    return `<div>${html}</div>`;
  }).join("");
}

const unescaped = (text) => text.replace(/\\(.)/gs, "$1");

function embed(one) {
  const known = new Set(["title", "url", "description", "color", "thumbnail", "footer", "type", "flags"]);
  const other = Object.keys(one).filter((name) => !known.has(name));
  if (other.length) refuse("embed with these", other);
  const colour = one.color === undefined ? "" : ` color="#${one.color.toString(16).padStart(6, "0")}"`;
  const title = one.title ? ` embed-title="${safe(unescaped(one.title))}"` : "";
  const url = one.url ? ` url="${safe(one.url)}"` : "";
  const thumbnail = one.thumbnail ? ` thumbnail="${safe(one.thumbnail.url)}"` : "";
  const description = `<discord-embed-description slot="description">${written(one.description)}</discord-embed-description>`;
  const footer = one.footer ? `<discord-embed-footer slot="footer">${safe(one.footer.text)}</discord-embed-footer>` : "";
  return `<discord-embed slot="embeds"${colour}${title}${url}${thumbnail}>${description}${footer}</discord-embed>`;
}

function component(one) {
  switch (one.type) {
    case 1: return `<discord-action-row>${one.components.map(component).join("")}</discord-action-row>`;
    case 2: {
      const emoji = one.emoji ? `${one.emoji.id ? `:${one.emoji.name}:` : one.emoji.name} ` : "";
      return `<discord-button type="${STYLES[one.style]}"${one.disabled ? " disabled" : ""}>${safe(emoji + (one.label ?? ""))}</discord-button>`;
    }
    case 3: {
      const options = one.options.map((option) => `<discord-string-select-menu-option label="${safe(option.label)}"></discord-string-select-menu-option>`);
      return `<discord-string-select-menu placeholder="${safe(one.placeholder ?? "")}">${options.join("")}</discord-string-select-menu>`;
    }
    default: return refuse("component of this type", one);
  }
}

function picture(author) {
  if (author.bot) return avatar("#3b5bdb", "P");
  return avatar(COLOURS[Number(BigInt(author.id) % BigInt(COLOURS.length))], author.global_name[0]);
}

function avatar(colour, letter) {
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${colour}"/>` +
    `<text x="20" y="27" font-family="sans-serif" font-size="20" fill="white" text-anchor="middle">${letter}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}

function thread(one) {
  const last = one.messages.at(-1);
  const said = last
    ? `<discord-thread-message author="${safe(last.author.global_name)}" avatar="${picture(last.author)}"${last.author.bot ? " bot" : ""} relative-timestamp="now">${
      safe(unescaped(last.content).replace(/^-# /, "").replaceAll("\n", " "))}</discord-thread-message>`
    : "There are no recent messages in this thread.";
  const count = one.messages.length;
  return `<discord-thread slot="thread" name="${safe(one.name)}" cta="${count} Message${count === 1 ? "" : "s"}">${said}</discord-thread>`;
}

function message(one) {
  const bits = [];
  if (one.asked) {
    bits.push(`<discord-command slot="reply" author="${safe(one.asked.name)}" avatar="${avatar(COLOURS[0], one.asked.name[0])}" command="${safe(one.asked.command)}"></discord-command>`);
  }
  bits.push(written(one.content), ...(one.embeds ?? []).map(embed));
  if (one.components?.length) bits.push(`<discord-attachments slot="components">${one.components.map(component).join("")}</discord-attachments>`);
  const put = (one.reactions ?? []).map(({ emoji, count, me }) => `<discord-reaction name="${safe(emoji.name)}" emoji="${safe(emoji.name)}" count="${count}"${me ? " reacted" : ""}></discord-reaction>`);
  if (put.length) bits.push(`<discord-reactions slot="reactions">${put.join("")}</discord-reactions>`);
  if (one.thread) bits.push(thread(one.thread));
  const flags = `${one.author.bot ? " bot" : ""}${one.flags & EPHEMERAL ? " ephemeral" : ""}${one.edited_timestamp ? " edited" : ""}${one.thread ? " has-thread" : ""}`;
  return `<discord-message id="m${one.id}" author="${safe(one.author.global_name)}" avatar="${picture(one.author)}" timestamp="Today at ${one.timestamp.slice(11, 16)}"${flags}>${bits.join("")}</discord-message>`;
}

const given = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(`<discord-messages channel-name="${safe(given.channel)}" channel-type="${given.kind}">${given.messages.map(message).join("")}</discord-messages>`);
