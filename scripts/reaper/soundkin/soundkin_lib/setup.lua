-- @noindex
-- "Setup and status": adds our actions to REAPER's list, finds out what works here, and starts the daemon after asking.

local M = {}

local boot = require("boot")
local cli = require("transport_cli")
local host = require("host")
local link = require("link")

local TITLE = "Soundkin: setup and status"
local MAIN, MEDIA_EXPLORER = 0, 32063
local YES_NO, OK, YES = 4, 0, 6
local MINIMISED = -2
local START_LIMIT_S = 15

-- Adds every action file of `folder` to REAPER's lists; how many there are. The ids are kept for the OSC set-up.
function M.register(folder)
  local names = {}
  for _, name in ipairs(host.names(folder)) do
    if name:find("^soundkin_.*%.lua$") then names[#names + 1] = name end
  end
  table.sort(names)
  for n, name in ipairs(names) do
    local last = n == #names
    if name:find("Media Explorer") then reaper.AddRemoveReaScript(true, MEDIA_EXPLORER, folder .. name, false) end
    local id = reaper.AddRemoveReaScript(true, MAIN, folder .. name, last)
    if id ~= 0 then
      local key = reaper.ReverseNamedCommandLookup(id)
      if key then host.set_setting("action " .. name, "_" .. key) end
    end
  end
  return #names
end

local function yes(value, good, bad) return value and good or bad end

-- The report as lines of text. `state`: actions, tried, label, reply, endpoint, extras, version.
function M.report(state)
  local extras, lines = state.extras, {}
  local function add(text, ...) lines[#lines + 1] = text:format(...) end
  add("REAPER %s on %s", state.version, state.system)
  add("Actions in the list: %d", state.actions)
  add("Set-up file: %s", state.endpoint and state.endpoint.from or "none")
  if state.reply.ok then
    add("Daemon: answers by %s", state.label)
    for _, name in ipairs({ "version", "samples", "failed", "progress.state" }) do
      if state.reply.fields[name] then add("  %s: %s", name, state.reply.fields[name]) end
    end
  else
    add("Daemon: %s", state.reply.text)
  end
  for _, try in ipairs(state.tried) do add("  %s: %s", try.name, try.reason) end
  add("SWS: %s", yes(extras.preview, "audition with gain and tempo match", "not installed; audition opens the Media Explorer"))
  add("ReaImGui: %s", yes(extras.imgui, "used for the panel", "not installed; the panel uses a plain window"))
  add("Media Explorer's last file: %s", yes(extras.last_played, "yes", "needs REAPER 7.35"))
  local osc = host.setting("action soundkin_OSC command.lua", "")
  if osc ~= "" then add("OSC command: %s", osc) end
  return table.concat(lines, "\n")
end

local function show(state, closing)
  local text = M.report(state)
  if state.extras.clipboard then
    reaper.CF_SetClipboard(text)
    closing = closing .. "\n\n(This report is on the clipboard.)"
  end
  reaper.MB(text .. "\n\n" .. closing, TITLE, OK)
end

-- Asks for the daemon's report until it answers or `limit` seconds are over, then calls `after(reply, label)`.
local function inquire(env, limit, after)
  local client = require("client").new(function() return link.connect(env) end, host.clock)
  local stop, reply, asked_at = host.clock() + limit, nil, -math.huge
  boot.loop(function()
    client:tick()
    local now = host.clock()
    if reply and not reply.ok and reply.offline and now < stop and now - asked_at > 0.5 then reply = nil end
    if not reply and not client:busy() then
      asked_at = now
      client:ask({ report = true }, function(found) reply = found end)
    end
    if not reply or (not reply.ok and reply.offline and now < stop) then return true end
    after(reply, client.label)
    return false
  end, function() client:close() end)
end

local function start(state, env)
  local words = { table.unpack(state.endpoint.command) }
  words[#words + 1] = "start"
  if (state.endpoint.data_dir or "") ~= "" then
    words[#words + 1] = "--data-dir"
    words[#words + 1] = state.endpoint.data_dir
  end
  local line, reason = cli.command_line(words)
  if not line then return reaper.MB(reason, TITLE, OK) end
  reaper.ExecProcess(line, MINIMISED)
  inquire(env, START_LIMIT_S, function(reply, label)
    state.reply, state.label, state.tried = reply, label, env.tried or {}
    show(state, reply.ok and "The daemon runs now." or "The daemon did not start. Run in a terminal:\n" .. line)
  end)
end

-- The action. `folder` is where the action files lie, with its separator.
function M.run(folder)
  local env = host.environment()
  local state = { actions = M.register(folder), extras = host.extras(), version = reaper.GetAppVersion(), system = env.system,
    endpoint = link.endpoint(env) }
  inquire(env, 0, function(reply, label)
    state.reply, state.label, state.tried = reply, label, env.tried or {}
    if reply.ok then return show(state, "Everything works: select an item and run “Find similar to selected item”.") end
    local command = state.endpoint and state.endpoint.command
    if not reply.offline or not command or #command == 0 then
      return show(state, "Install Soundkin, then run in a terminal:\n  soundkin up YOUR-SAMPLE-FOLDER\n  soundkin reaper install")
    end
    local answer = reaper.MB(M.report(state) .. "\n\nStart the Soundkin daemon now?", TITLE, YES_NO)
    if answer == YES then start(state, env) end
  end)
end

return M
