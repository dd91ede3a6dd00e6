-- @noindex
-- Carries out a command that came by OSC, key or MIDI binding.

local M = {}

local actions = require("actions")
local command = require("command")
local edit = require("edit")
local host = require("host")
local panel = require("panel")
local source = require("source")

local function query(path) return { path = path, label = source.name(path) } end

local DO = {
  find = function(path)
    if path then return panel.open(query(path)) end
    panel.open(source.from_selection())
  end,
  panel = function() panel.open((source.from_selection()), "") end,
  explorer = function() panel.open(source.from_explorer()) end,
  next = function() actions.replace("next") end,
  previous = function() actions.replace("previous") end,
  random = function() actions.replace("random") end,
  rs5k = function() actions.rs5k() end,
  insert = function(path)
    if not path then return actions.insert() end
    local ok, reason = edit.insert(path, 0, "insert similar")
    if not ok then host.tell(reason) end
  end,
}

-- Does what the context string of the action means.
function M.run(context)
  local name, path = command.decide(command.parse(context or ""))
  if name then return DO[name](path) end
  if path then host.tell(path) end
end

return M
