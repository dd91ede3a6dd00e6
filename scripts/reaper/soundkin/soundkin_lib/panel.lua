-- @noindex
-- The window: ties model, view, client and preview together in REAPER's loop. Other actions hand it their questions.

local M = {}

local actions = require("actions")
local boot = require("boot")
local edit = require("edit")
local host = require("host")
local json = require("json")
local keys = require("keys")
local model_ = require("model")
local preview_ = require("preview")
local rows = require("rows")
local source = require("source")

local ACTION = "soundkin_Similar samples.lua"
local ALIVE_S = 1
local BEAT_S = 0.25

local Panel = {}
Panel.__index = Panel

local function settings(extras)
  local toggles = { auto = extras.preview, gain = true, tempo = true, bar = false, loop = false, fit = false }
  for _, name in ipairs(model_.TOGGLES) do
    local kept = host.setting(name, "")
    if kept ~= "" then toggles[name] = kept == "1" end
  end
  return { toggles = toggles, filter = host.setting("filter", "") }
end

local function view_for(extras)
  local wanted = host.setting("view", "auto")
  if extras.imgui and wanted ~= "gfx" then
    local view = require("ui_imgui").open()
    if view then return view end
  end
  return require("ui_gfx").open(host.setting("dock", "0"))
end

local function alive()
  local beat = tonumber(host.note("panel_beat"))
  return beat ~= nil and math.abs(host.clock() - beat) < ALIVE_S
end

-- Brings a question (or the reason why there is none) to the panel: to the open one, else to the panel's own action, so
-- that this script ends and can be run again; where that action is not known, the panel opens in this script.
function M.open(query, reason)
  host.leave_note("panel_query", query and json.encode(query) or "")
  host.leave_note("said", not query and reason or "")
  if not alive() and not host.run_action(ACTION) then M.here() end
end

-- Opens the window in this script, with the question that was left for it, else with the selected item's.
function M.here()
  if alive() then return end
  local extras = host.extras()
  local self = setmetatable({ extras = extras, model = model_.new(settings(extras)), client = host.client(),
    preview = preview_.new(extras), view = view_for(extras), beat = -math.huge }, Panel)
  if host.note("panel_query") == "" and host.note("said") == "" then
    local query = source.from_selection()
    if query then self.model:ask(query) end
  end
  boot.loop(function() return self:turn() end, function() self:close() end)
end

function Panel:turn()
  local now, model = host.clock(), self.model
  if now - self.beat > BEAT_S then
    self.beat = now
    host.leave_note("panel_beat", tostring(now))
    self:read_notes()
  end
  self.client:tick()
  model:tick(now)
  if self.client.label ~= model.status then model:set_aspects(host.aspects()) end -- another daemon may know others
  model:set_status(self.client.label)
  if self.view:frame(model, keys) == false then return false end
  for _, intent in ipairs(model:drain()) do
    if self:fulfil(intent) == false then return false end
  end
  edit.build_peaks()
  return true
end

function Panel:read_notes()
  local text = host.note("panel_query")
  if text ~= "" then
    host.leave_note("panel_query", "")
    local query = json.decode(text)
    if type(query) == "table" then self.model:ask(query) end
  end
  local said = host.note("said")
  if said ~= "" then
    host.leave_note("said", "")
    self.model:say(said)
  end
end

function Panel:close()
  self.preview:stop()
  edit.finish_peaks()
  self.client:close()
  if self.view.dock then host.set_setting("dock", self.view:dock()) end
  self.view:close()
  host.leave_note("panel_beat", "")
end

local DO = {}

function DO.find(self, intent)
  self.client:cancel(self.request)
  self.request = self.client:ask({ like = { source.like(intent.query) }, offset = intent.offset, count = intent.count,
    filter = intent.filter, weights = intent.weights }, function(reply)
    self.model:answered(intent.ticket, reply)
  end)
end

function DO.cancel(self) self.client:cancel(self.request) end

function DO.audition(self, intent)
  local toggles = self.model.toggles
  local ok, reason = self.preview:play(intent.hit, {
    gain_match = toggles.gain, reference_db = rows.reference_db(self.model.hits), tempo_match = toggles.tempo,
    on_bar = toggles.bar, loop = toggles.loop,
  })
  self.heard = intent.hit
  if not ok then self.model:say(reason) end
end

-- The space bar: stop what plays, else play the selected hit.
function DO.play(self, intent)
  if self.heard == intent.hit and self.preview:playing() then return self.preview:stop() end
  if intent.hit then DO.audition(self, intent) end
end

function DO.escape(self)
  if not self.preview:playing() then return false end
  self.preview:stop()
end

function DO.save(_, intent) host.set_setting(intent.key, intent.value) end

function DO.ask_selection(self)
  local query, reason = source.from_selection()
  if query then self.model:ask(query) else self.model:say(reason) end
end

local function inserted(self, path, mode, name)
  local ok, reason = edit.insert(path, mode, name)
  self.model:say(ok and "Inserted " .. source.name(path) or reason)
end

function DO.insert(self, intent) inserted(self, intent.hit.path, 0, "insert similar") end

function DO.rs5k(self, intent) inserted(self, intent.hit.path, 1024, "load similar into RS5k") end

function DO.take(self, intent)
  if #source.selected() == 0 then return self.model:say("Select an item first.") end
  inserted(self, intent.hit.path, 3, "add similar as take")
end

function DO.replace(self, intent)
  local query = self.model.query
  local like = { path = query.path, start_s = query.start_s, end_s = query.end_s } -- ids mean nothing to a library made afresh
  local changed, reason = actions.replace_with(intent.hit, like, intent.hit.rank + 1)
  self.model:say(changed > 0 and ("Replaced in %d item%s"):format(changed, changed == 1 and "" or "s") or reason)
end

function DO.reveal(self, intent) self.preview:reveal(intent.hit.path) end

function DO.transport() edit.play_stop() end

function DO.undo(self) self.model:say(edit.undo()) end

-- Does what the model wants; false where the window is to close.
function Panel:fulfil(intent) return DO[intent.want](self, intent) end

return M
