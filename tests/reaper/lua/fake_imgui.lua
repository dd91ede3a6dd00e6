-- ReaImGui as a strict partner: argument counts of the installed version behind `require 'imgui' '0.9'`, pairs that must
-- match, End only after a true Begin, no id twice in a window, a context that is used in every turn.

local M = {}

local Imgui = {}
Imgui.__index = Imgui

local PAIRS = { End = "Begin", EndTable = "BeginTable", EndChild = "BeginChild", PopID = "PushID", PopFont = "PushFont",
  PopStyleColor = "PushStyleColor", PopItemWidth = "PushItemWidth", EndDisabled = "BeginDisabled", ListClipper_End = "ListClipper_Begin" }
local SHOWN_ROWS = 18

function M.new(world)
  local self = setmetatable({ world = world, builtin = "/fake builtin", texts = {}, constants = {}, count = 0, stack = {},
    key = nil, clicks = {}, values = {} }, Imgui)
  self.loader = function(version)
    local function number(text) return tonumber(text:match("^0%.(%d+)")) end
    if number(version) > number(world.profile.imgui) then error("ReaImGui " .. version .. " is not installed", 2) end
    return self:module(version)
  end
  local fakes = self:fakes()
  for name, fake in pairs(fakes) do world.fakes["ImGui_" .. name] = fake end
  return self
end

function Imgui:fail(text) self.world.strict:violation("ImGui: " .. text, 4) end

-- The table that the pinned require gives: functions without prefix, constants as numbers.
function Imgui:module(version)
  local strict = self.world.strict
  return setmetatable({}, { __index = function(_, name)
    local listed = strict.api.functions["ImGui_" .. name]
    local older = version == "0.9" and strict.api.imgui_09[name]
    if not older and (not listed or version == "0.9" and listed:find("^imgui010|")) then strict:violation("ImGui." .. tostring(name) .. " does not exist", 2) end
    if listed and listed:find("|const|", 1, true) then
      if not self.constants[name] then
        self.count = self.count + 1
        self.constants[name] = 1 << (self.count % 50)
      end
      return self.constants[name]
    end
    return strict:lookup("ImGui_" .. name, older or nil)
  end })
end

function Imgui:push(name) self.stack[#self.stack + 1] = name end

function Imgui:pop(name)
  local top = table.remove(self.stack)
  if top ~= PAIRS[name] then self:fail(name .. " after " .. tostring(top)) end
end

function Imgui:id(label)
  local id = table.concat(self.stack, "/") .. "/" .. (label:match("###(.*)$") or label)
  if label == "" then self:fail("an empty id") end
  if self.ids[id] then self:fail("the id " .. id .. " is used twice") end
  self.ids[id] = true
  local clicked = self.clicks[label]
  self.clicks[label] = nil
  return clicked or false
end

function Imgui:frame_begins()
  self.ids, self.used = {}, false
  self.texts, self.chosen = {}, {}
end

function Imgui:frame_ends()
  if #self.stack > 0 then self:fail("not closed: " .. table.concat(self.stack, ", ")) end
  if self.ctx and not self.used and self.world:running() and self.world.window_runs then self:fail("the context was not used in this turn") end
  self.key, self.ctrl = nil, false
end

-- The next frame sees this key ("up", "r", "undo").
function Imgui:press(key) self.key = key end

local NAMES = { up = "UpArrow", down = "DownArrow", left = "LeftArrow", right = "RightArrow", pageup = "PageUp", pagedown = "PageDown",
  home = "Home", ["end"] = "End", enter = "Enter", escape = "Escape", tab = "Tab", backspace = "Backspace", [" "] = "Space",
  ["/"] = "Slash", undo = "Z" }

function Imgui:fakes()
  local F = {}
  local function text(_, shown) self.texts[#self.texts + 1] = shown end
  local function text_coloured(_, _, shown) self.texts[#self.texts + 1] = shown end
  F.Text, F.TextDisabled, F.TextColored = text, text, text_coloured
  function F.CreateContext()
    self.ctx = { kind = "ImGui_Context" }
    return self.ctx
  end
  function F.Begin(ctx, name, open)
    if ctx ~= self.ctx then self:fail("a foreign context") end
    self.used = true
    self:id(name)
    if self.close then open = false end
    if self.collapsed then return false, open end
    self:push("Begin")
    return true, open
  end
  function F.End() self:pop("End") end
  function F.BeginTable(_, id)
    self:id(id)
    if self.no_table then return false end
    self:push("BeginTable")
    return true
  end
  function F.EndTable() self:pop("EndTable") end
  for _, name in ipairs({ "SetNextWindowSize", "SameLine", "SetNextItemWidth", "SetKeyboardFocusHere", "TableSetupScrollFreeze",
    "TableSetupColumn", "TableHeadersRow", "TableNextRow", "SetScrollHereY" }) do
    F[name] = function() self.world.scrolled = self.world.scrolled or name == "SetScrollHereY" end
  end
  function F.TableNextColumn() return true end
  function F.GetContentRegionAvail() return 700.0, 400.0 end
  function F.GetFrameHeightWithSpacing() return 23.0 end
  function F.ValidatePtr(object, kind) return object ~= nil and object.kind .. "*" == kind and not object.dead end
  function F.CreateListClipper() return { kind = "ImGui_ListClipper" } end
  function F.ListClipper_Begin(clipper, count) clipper.count, clipper.steps, clipper.extra = count, 0, nil end
  function F.ListClipper_IncludeItemByIndex(clipper, n)
    if n < 0 or n >= clipper.count then self:fail("IncludeItemByIndex out of range") end
    if clipper.steps > 0 then self:fail("IncludeItemByIndex after Step") end
    clipper.extra, self.included = n, n
  end
  function F.ListClipper_Step(clipper)
    clipper.steps = clipper.steps + 1
    if clipper.steps == 2 and not (clipper.extra and clipper.extra >= SHOWN_ROWS) then return false end
    return clipper.steps <= 2
  end
  function F.ListClipper_GetDisplayRange(clipper)
    if clipper.steps == 1 then return 0, math.min(SHOWN_ROWS, clipper.count) end
    return clipper.extra, clipper.extra + 1
  end
  function F.Selectable(_, label, selected)
    if selected then self.chosen[#self.chosen + 1] = label end
    text(nil, label)
    return self:id(label), selected
  end
  function F.Button(_, label) return self:id(label) end
  function F.Checkbox(_, label, value) return self:id(label), value end
  function F.IsMouseDoubleClicked() return self.double or false end
  function F.SliderDouble(_, label, value, _, _, format)
    text(nil, format)
    self:id(label)
    local moved = self.values[label]
    self.values[label] = nil
    return moved ~= nil, moved or value
  end
  function F.InputTextWithHint(_, label, _, value)
    self:id(label)
    local typed = self.values[label]
    self.values[label] = nil
    return typed ~= nil, typed or value
  end
  function F.IsAnyItemActive() return self.typing or false end
  function F.IsWindowFocused() return not self.unfocused end
  function F.IsKeyDown(_, key) return self.key == "undo" and key == self.constants.Mod_Ctrl end
  function F.IsKeyPressed(_, key)
    local name = self.key and (NAMES[self.key] or self.key:upper())
    return name ~= nil and self.constants["Key_" .. name] == key
  end
  return F
end

return M
