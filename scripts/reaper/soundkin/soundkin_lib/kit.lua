-- @noindex
-- Asks for the alternates of several items: as one kit question where it fits, else item by item, a few at a time.
-- Pure: the client is handed in.

local M = {}

local source = require("source")
local swap = require("swap")

M.MOST_SLOTS = 64
M.MOST_EACH = 64
local FOR_CHANCE = 16 -- alternates of each item that a random one is chosen from
local SPARE = 4 -- alternates beyond the next one, should that be what the item plays already
local AT_ONCE = 6 -- open questions; the daemon takes eight of one asker

-- How many alternates each item needs, so that the furthest of them can move on; what comes first does not depend on it.
local function each(direction, entries)
  if direction == "random" then return FOR_CHANCE end
  local furthest = 0
  for _, entry in ipairs(entries) do furthest = math.max(furthest, entry.at) end
  return direction == "previous" and math.max(1, furthest) or furthest + 1 + SPARE
end

-- The kit question about the entries; what the `kept` queries name is in it as locked slots. nil where no kit can be made of them.
function M.question(direction, entries, kept, filter)
  local question = { like = {}, each = each(direction, entries), locked = {}, filter = filter }
  for n, entry in ipairs(entries) do question.like[n] = entry.state.query end
  for _, query in ipairs(kept) do
    question.locked[#question.locked + 1] = #question.like
    question.like[#question.like + 1] = source.like(query)
  end
  if #entries < 2 or #question.like > M.MOST_SLOTS or question.each > M.MOST_EACH then return nil end
  return question
end

-- The hits of a kit's answer as one answer for each of its first `count` slots, each with ranks of its own.
function M.shares(reply, size, count)
  local answers = {}
  for n = 1, count do answers[n] = { ok = true, hits = {} } end
  for _, hit in ipairs(reply.hits) do
    local answer = answers[hit.rank // size + 1]
    if answer then
      hit.rank = hit.rank % size
      table.insert(answer.hits, hit)
    end
  end
  return answers
end

-- Asks the questions one by one and calls `on_end(answers)` in their order; stops asking where nobody answers.
function M.one_by_one(client, questions, on_end)
  local answers, asked, open, gone = {}, 0, 0, nil
  local function more()
    while not gone and open < AT_ONCE and asked < #questions do
      asked, open = asked + 1, open + 1
      local n = asked
      client:ask(questions[n], function(reply)
        answers[n], open = reply, open - 1
        gone = gone or reply.offline and reply
        more()
      end)
    end
    if open > 0 or not answers then return end
    local all = answers
    answers = nil
    for n = asked + 1, #questions do all[n] = gone end
    on_end(all)
  end
  more()
end

-- Asks what `direction` ("next", "previous" or "random") needs for the entries and calls `on_end(answers)` in their order.
-- entries: {state = {query}, at}; kept: queries whose sounds stay and are not to be used.
function M.ask(client, direction, entries, kept, filter, on_end)
  local function singly()
    local questions = {}
    for n, entry in ipairs(entries) do
      local offset, count = swap.page(entry.at, direction)
      questions[n] = { like = { entry.state.query }, offset = offset, count = count, filter = filter }
    end
    M.one_by_one(client, questions, on_end)
  end
  local question = M.question(direction, entries, kept, filter)
  if not question then return singly() end
  client:ask(question, function(reply)
    if reply.ok then return on_end(M.shares(reply, question.each, #entries)) end
    if reply.code then return singly() end -- too long, an older daemon, or one item that it cannot read: the others go on
    local answers = {}
    for n in ipairs(entries) do answers[n] = reply end
    on_end(answers)
  end)
end

return M
