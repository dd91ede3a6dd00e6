-- @noindex
-- This REAPER as the pure modules see it: files, clock, settings, the connection to the daemon, and short messages.

local M = {}

local client = require("client")
local link = require("link")

local SECTION = "soundkin"
local SOCKET_FOLDER = "/Scripts/Mavriq ReaScript Repository/Various/Mavriq-Lua-Sockets/"
M.SHOWN_S = 2.5

-- What is installed beside REAPER itself.
function M.extras()
  return {
    preview = reaper.CF_CreatePreview ~= nil and reaper.CF_Preview_Play ~= nil,
    imgui = reaper.ImGui_GetBuiltinPath ~= nil,
    last_played = reaper.MediaExplorerGetLastPlayedFileInfo ~= nil,
    locate = reaper.CF_LocateInExplorer ~= nil,
    clipboard = reaper.CF_SetClipboard ~= nil,
  }
end

function M.clock() return reaper.time_precise() end

function M.setting(key, default)
  local value = reaper.GetExtState(SECTION, key)
  return value ~= "" and value or default
end

function M.set_setting(key, value) reaper.SetExtState(SECTION, key, tostring(value), true) end

-- Runs another of our actions, by its file name, as its own script; false where "Setup and status" never noted its id.
function M.run_action(file)
  local name = M.setting("action " .. file, "")
  local id = name ~= "" and reaper.NamedCommandLookup(name) or 0
  if id == 0 then return false end
  reaper.Main_OnCommand(id, 0)
  return true
end

-- Notes between our own running scripts; gone when REAPER ends.
function M.note(key) return reaper.GetExtState(SECTION, key) end

function M.leave_note(key, value) reaper.SetExtState(SECTION, key, value, false) end

-- Names of the files in a folder.
function M.names(folder)
  local found = {}
  folder = folder:gsub("[/\\]+$", "")
  reaper.EnumerateFiles(folder, -1) -- forgets what REAPER remembers of the folder
  local name = reaper.EnumerateFiles(folder, 0)
  while name do
    found[#found + 1] = name
    name = reaper.EnumerateFiles(folder, #found)
  end
  return found
end

local function socket()
  local ok, found = pcall(require, "socket")
  if ok then return found end
  local folder = reaper.GetResourcePath() .. SOCKET_FOLDER
  if not reaper.file_exists(folder .. "socket.lua") then return nil end
  package.path = package.path .. ";" .. folder .. "?.lua"
  package.cpath = package.cpath .. ";" .. folder .. (reaper.GetOS():find("^Win") and "?.dll" or "?.so")
  ok, found = pcall(require, "socket")
  return ok and found or nil
end

-- What link.connect may touch.
function M.environment()
  return {
    resource = reaper.GetResourcePath(),
    system = reaper.GetOS(),
    getenv = os.getenv,
    separator = package.config:sub(1, 1),
    files = { open = io.open, rename = os.rename, remove = os.remove, time = os.time, list = M.names },
    exec = reaper.ExecProcess,
    socket = socket,
    only = M.setting("transport", "auto"),
    data_folder = function()
      local folder = reaper.GetResourcePath() .. "/Data/soundkin"
      reaper.RecursiveCreateDirectory(folder, 0)
      return folder
    end,
  }
end

-- The aspects that can be weighed, as the daemon (or the installation, while none runs) names them.
function M.aspects()
  local endpoint = link.endpoint(M.environment())
  return endpoint and endpoint.aspects or {}
end

-- A client that connects when first asked.
function M.client()
  return client.new(function() return link.connect(M.environment()) end, M.clock)
end

-- A line beside the mouse pointer that goes away by itself; a panel that is open shows it too. Takes no focus.
function M.tell(text)
  local x, y = reaper.GetMousePosition()
  local shown = text:gsub("%%", "％") -- should REAPER take the text for a format
  reaper.TrackCtl_SetToolTip("Soundkin: " .. shown, x + 16, y + 16, true)
  M.leave_note("said", text)
  local stop = M.clock() + M.SHOWN_S
  local function wait()
    if M.clock() < stop then
      reaper.defer(wait)
    else
      reaper.TrackCtl_SetToolTip("", 0, 0, true)
    end
  end
  reaper.defer(wait)
end

return M
