-- @noindex
-- A question as OSC packets, and the packets of an answer as hits. Pure; the addresses are those of docs/osc.md.

local M = {}

local json = require("json")
local osc = require("osc")

M.MOST = 64
M.PONG = "/soundkin/pong"
M.TOO_LARGE = 7 -- the daemon's own code for it
local STRING_LIMIT = 4000
local KIT_STRINGS, QUERY_STRINGS = 6, 8 -- most strings that one JSON text may be split into

-- Whether the plain addresses cannot carry the question.
local function needs_json(question)
  if #question.like ~= 1 or (question.exclude and #question.exclude > 0) then return true end
  for _, weight in pairs(question.weights or {}) do
    if weight ~= 1 then return true end
  end
  local path = question.like[1].path
  return path ~= nil and utf8.len(path) == nil
end

-- The JSON text as at most `most` strings; nil and a reason where it is longer.
local function split(text, most)
  local parts = {}
  for pos = 1, #text, STRING_LIMIT do parts[#parts + 1] = text:sub(pos, pos + STRING_LIMIT - 1) end
  if #parts > most then return nil, "the question is too long" end
  return parts
end

local function as_json(rid, question)
  local table_ = { like = question.like, k = question.count, offset = question.offset }
  if question.filter ~= "" then table_.filter = question.filter end
  if question.exclude and #question.exclude > 0 then table_.exclude = question.exclude end
  for aspect, weight in pairs(question.weights or {}) do
    if weight ~= 1 then
      table_.weights = table_.weights or {}
      table_.weights[aspect] = weight
    end
  end
  local parts, reason = split(json.encode(table_), QUERY_STRINGS)
  if not parts then return nil, reason end
  return osc.encode("/soundkin/find/query", "i" .. ("s"):rep(#parts), rid, table.unpack(parts))
end

local function as_kit(rid, question)
  local table_ = { like = question.like, filter = question.filter ~= "" and question.filter or nil }
  local parts, reason = split(json.encode(table_), KIT_STRINGS)
  if not parts then return nil, reason end
  return osc.encode("/soundkin/find/kit", "iis" .. ("s"):rep(#parts), rid, question.each,
    table.concat(question.locked or {}, " "), table.unpack(parts))
end

local function packets(rid, question)
  if question.report then return { osc.encode("/soundkin/report", "i", rid) } end
  if question.each then
    local kit, reason = as_kit(rid, question)
    return kit and { kit }, reason
  end
  question.count = math.min(question.count or 16, M.MOST)
  question.offset = question.offset or 0
  question.filter = question.filter or ""
  local like, find, reason = question.like[1]
  if needs_json(question) then
    find, reason = as_json(rid, question)
    if not find then return nil, reason end
  elseif like.id then
    find = osc.encode("/soundkin/find/id", "iiiis", rid, like.id, question.count, question.offset, question.filter)
  elseif like.start_s then
    find = osc.encode("/soundkin/find/region", "isffiis", rid, like.path, like.start_s, like.end_s, question.count,
      question.offset, question.filter)
  else
    find = osc.encode("/soundkin/find/path", "isiis", rid, like.path, question.count, question.offset, question.filter)
  end
  return { osc.encode("/soundkin/config/detail", "i", 1), find }
end

-- The packets that ask `question` under the request id `rid`; nil and a reason where one is longer than `most` bytes.
-- question: report = true (the daemon's state);
-- or like = {{path=, start_s=, end_s=} or {id=}, …}, count, offset, filter, weights = {aspect = 0..4}, exclude = {ids};
-- or like, one a slot, each (alternates for a slot), locked = {slots that stay, from 0}, filter: a kit.
function M.packets(rid, question, most)
  local found, reason = packets(rid, question)
  for _, packet in ipairs(found or {}) do
    if most and #packet > most then return nil, "the question is too long for this transport" end
  end
  return found, reason
end

-- The path that the daemon means: one that is no text comes as a file URI (docs/osc.md).
function M.path(text)
  if text:sub(1, 5) ~= "file:" then return text end
  local path = text:sub(6):gsub("^//", ""):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  return (path:gsub("^/(%a:)", "%1"))
end

function M.ping(rid) return osc.encode("/soundkin/ping", "i", rid) end

function M.cancel(rid) return osc.encode("/soundkin/cancel", "i", rid) end

local function known(number) return number ~= 0 and number or nil end

local function add_detail(reply, id, facts)
  for _, hit in pairs(reply.hits) do
    if hit.id == id then
      for name, value in pairs(facts) do hit[name] = value end
    end
  end
end

local READERS = {
  ["/soundkin/result"] = { "iiiffs", function(reply, m)
    local hit = reply.hits[m[2]]
    if not hit then
      reply.hits[m[2]] = { rank = m[2], id = m[3], score = m[4], duration_s = m[5], path = M.path(m[6]) }
      reply.received = reply.received + 1
    end
  end },
  ["/soundkin/detail"] = { "iifffss", function(reply, m)
    add_detail(reply, m[2], {
      loudness_db = known(m[3]), bpm = known(m[4]), root_hz = known(m[5]),
      key = m[6] ~= "" and m[6] or nil, kind = m[7] ~= "" and m[7] or nil,
    })
  end },
  ["/soundkin/neighbour"] = { "iis", function(reply, m)
    local hit, found = reply.hits[m[2]], json.decode(m[3])
    local facts = hit and type(found) == "table" and found.sample and found.sample.facts
    if type(facts) ~= "table" then return end
    hit.loudness_db, hit.bpm, hit.root_hz = facts.loudness_db, facts.tempo_bpm, facts.root_hz
    hit.key, hit.kind = facts.key, facts.kind
    local labels = found.sample.labels
    hit.category = type(labels) == "table" and labels.category or nil
  end },
  ["/soundkin/field"] = { "iiss", function(reply, m)
    reply.fields[m[3]] = m[4]
    if m[3] == "state" or m[3] == "category" then add_detail(reply, m[2], { [m[3]] = m[4] }) end
  end },
  ["/soundkin/done"] = { "iiis", function(reply, m)
    reply.done, reply.sent, reply.total, reply.snapshot = true, m[2], m[3], m[4]
  end },
  ["/soundkin/error"] = { "iiss", function(reply, m)
    reply.done, reply.code, reply.text = true, m[2], m[4]
  end },
}

-- The request id that a message answers; nil where it is not an answer of the expected shape.
function M.answers(message)
  local reader = READERS[message.address]
  if message.address == M.PONG then return math.type(message[1]) == "integer" and message[1] or nil end
  return reader and message.types == reader[1] and message[1] or nil
end

-- A reply to be filled: hits by rank, fields by name, how many came, and how it ended.
function M.reply() return { hits = {}, fields = {}, received = 0, done = false } end

-- Takes a message of the right shape into the reply; doubled ones change nothing.
function M.take(reply, message)
  local reader = READERS[message.address]
  if reader then reader[2](reply, message) end
end

return M
