-- @noindex
-- The panel's state: what was asked, what was found, what is selected. Pure: methods take what happened, intents say
-- what is to be done; the views only draw it and report keys and clicks.

local M = {}

M.TOGGLES = { "auto", "gain", "tempo", "bar", "loop", "fit" }
M.PAGE = 64
M.HIGHEST = 4 -- weight
local MOST_HISTORY = 32
local PAUSE_S = 0.15 -- after the last change of a slider or of the filter
local NEAR_END = 16

local Model = {}
Model.__index = Model

-- `settings`: toggles (name -> boolean) and filter, as they were left.
function M.new(settings)
  local self = setmetatable({ state = "idle", message = "", hits = {}, total = 0, selected = 0, history = {}, ticket = 0,
    aspects = {}, weights = {}, aspect = 1, focus = "list", filter = settings.filter or "", toggles = {}, intents = {}, version = 0,
    status = "" }, Model)
  for _, name in ipairs(M.TOGGLES) do self.toggles[name] = settings.toggles[name] and true or false end
  return self
end

function Model:want(what, fields)
  fields = fields or {}
  fields.want = what
  self.intents[#self.intents + 1] = fields
end

-- What is to be done since the last call.
function Model:drain()
  local intents = self.intents
  self.intents = {}
  return intents
end

function Model:changed() self.version = self.version + 1 end

function Model:say(text)
  if text ~= self.message then
    self.message = text
    self:changed()
  end
end

function Model:set_status(text)
  if text ~= self.status then
    self.status = text
    self:changed()
  end
end

function Model:hit() return self.hits[self.selected] end

-- ---- asking ----

-- Asks a new question; the one before it goes into the history.
function Model:ask(query)
  if self.query and self.state == "results" then
    table.insert(self.history, { query = self.query, hits = self.hits, total = self.total, selected = self.selected })
    if #self.history > MOST_HISTORY then table.remove(self.history, 1) end
  end
  self.query = query
  self:refresh(0)
end

-- Asks the same question again at `when` (0: now), after a change of weights or filter.
function Model:refresh(when)
  if not self.query then return end
  self.ask_at = when
  self.more = nil
  self:changed()
end

function Model:find(offset)
  self.ticket = self.ticket + 1
  local weights = {}
  for n, name in ipairs(self.aspects) do weights[name] = self.weights[n] end
  self:want("find", { ticket = self.ticket, query = self.query, offset = offset, count = M.PAGE, filter = self.filter,
    weights = weights })
end

-- To be called in every turn with the clock.
function Model:tick(now)
  self.now = now
  if self.ask_at and now >= self.ask_at then
    self.ask_at = nil
    self.state = "asking"
    self:find(0)
    self:changed()
  end
end

-- The answer to the question of that ticket; older ones change nothing.
function Model:answered(ticket, reply)
  if ticket ~= self.ticket then return end
  self:changed()
  local more = self.more
  self.more = nil
  if not reply.ok then
    if more then return self:say(reply.text) end
    self.state = reply.offline and "offline" or "error"
    self.hits, self.total, self.selected = {}, 0, 0
    return self:say(reply.text)
  end
  self.total = reply.total
  if more then
    for _, hit in ipairs(reply.hits) do self.hits[#self.hits + 1] = hit end
    return
  end
  self.hits = reply.hits
  self.selected = #self.hits > 0 and 1 or 0
  self.state = #self.hits > 0 and "results" or "empty"
  self:say(#self.hits > 0 and "" or self.filter ~= "" and "Nothing similar passes the filter." or "Nothing similar in the library.")
  self:heard()
end

-- ---- moving ----

-- Auditions the selected hit where that is switched on.
function Model:heard()
  if self.toggles.auto and self:hit() then self:want("audition", { hit = self:hit() }) end
end

function Model:select(n)
  n = math.max(1, math.min(#self.hits, n))
  if #self.hits == 0 or n == self.selected then return end
  self.selected = n
  self:say("")
  self:changed()
  self:heard()
  if n > #self.hits - NEAR_END and #self.hits < self.total and not self.more and self.state == "results" then
    self.more = true
    self:find(#self.hits)
  end
end

function Model:back()
  local past = table.remove(self.history)
  if not past then return self:say("No earlier question.") end
  self.ticket = self.ticket + 1
  self.query, self.hits, self.total, self.selected = past.query, past.hits, past.total, past.selected
  self.state, self.ask_at, self.more = "results", nil, nil
  self:want("cancel")
  self:say("")
  self:changed()
end

-- "More like this": the selected hit becomes the question.
function Model:walk()
  local hit = self:hit()
  if hit then self:ask({ id = hit.id, path = hit.path, label = hit.path:match("([^/\\]+)$") or hit.path }) end
end

-- ---- settings ----

function Model:toggle(name)
  self.toggles[name] = not self.toggles[name]
  self:want("save", { key = name, value = self.toggles[name] and "1" or "0" })
  if name ~= "auto" and name ~= "fit" then self:heard() end
  self:changed()
end

-- The aspects that can be weighed, as the daemon names them; those that stay keep their weights.
function Model:set_aspects(names)
  if table.concat(names, " ") == table.concat(self.aspects, " ") then return end
  local kept, weights = {}, {}
  for n, name in ipairs(self.aspects) do kept[name] = self.weights[n] end
  for n, name in ipairs(names) do weights[n] = kept[name] or 1 end
  self.aspects, self.weights = names, weights
  self:choose_aspect(self.aspect)
  self:changed()
end

-- Chooses the aspect that the arrow keys weigh, or the nearest that exists.
function Model:choose_aspect(n) self.aspect = math.max(1, math.min(#self.aspects, n)) end

function Model:set_weight(n, value)
  if not self.weights[n] then return end
  value = math.max(0, math.min(M.HIGHEST, value))
  if self.weights[n] == value then return end
  self.weights[n] = value
  self:refresh((self.now or 0) + PAUSE_S)
  self:changed()
end

function Model:reset_weights()
  for n in ipairs(self.aspects) do self.weights[n] = 1 end
  self:refresh((self.now or 0) + PAUSE_S)
  self:changed()
end

function Model:set_filter(text)
  if text == self.filter then return end
  self.filter = text
  self:want("save", { key = "filter", value = text })
  self:refresh((self.now or 0) + PAUSE_S)
  self:changed()
end

function Model:set_focus(name)
  self.focus = name
  self:changed()
end

-- Something to be done with the selected hit: "insert", "take", "replace", "rs5k", "reveal", "audition".
function Model:act(what)
  if self:hit() then self:want(what, { hit = self:hit() }) else self:say("No sound is selected.") end
end

return M
