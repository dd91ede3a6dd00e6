-- @noindex
-- The panel in a ReaImGui window, where ReaImGui is installed. Pinned to the 0.9 interface, which 0.10 also offers.

local M = {}

local keys_ = require("keys")
local model_ = require("model")
local rows = require("rows")

local WIDTH, HEIGHT = 720, 460
local KEYS = { UpArrow = "up", DownArrow = "down", LeftArrow = "left", RightArrow = "right", PageUp = "pageup", PageDown = "pagedown",
  Home = "home", End = "end", Enter = "enter", KeypadEnter = "enter", Escape = "escape", Tab = "tab", Backspace = "backspace",
  Space = " ", Slash = "/" }
for letter in ("abfgklmnoprstw"):gmatch(".") do KEYS[letter:upper()] = letter end
for digit = 0, 9 do KEYS[tostring(digit)] = tostring(digit) end
local TOGGLE_LABELS = { auto = "Auto", gain = "Gain", tempo = "Tempo", bar = "On bar", loop = "Loop", fit = "Fit item" }
local BUTTONS = { { "Insert", "insert" }, { "Replace", "replace" }, { "As take", "take" }, { "RS5k", "rs5k" },
  { "Show file", "reveal" } }
local HINT = "Filter, such as  kind:oneshot dur<1.5 -name:loop"

local View = {}
View.__index = View

-- Opens the window; nil where this ReaImGui is too old or damaged.
function M.open()
  package.path = package.path .. ";" .. reaper.ImGui_GetBuiltinPath() .. "/?.lua"
  local found, pin = pcall(require, "imgui")
  if not found or type(pin) ~= "function" then return nil end
  local good, imgui = pcall(pin, "0.9")
  if not good then return nil end
  local ctx = imgui.CreateContext("Soundkin", imgui.ConfigFlags_DockingEnable)
  return setmetatable({ imgui = imgui, ctx = ctx, seen = 0 }, View)
end

function View:close() self.ctx = nil end

-- One frame. False once the user has closed the window.
function View:frame(model, keys)
  local imgui, ctx = self.imgui, self.ctx
  imgui.SetNextWindowSize(ctx, WIDTH, HEIGHT, imgui.Cond_FirstUseEver)
  local visible, open = imgui.Begin(ctx, "Similar samples", true)
  if visible then
    self:read_keys(model, keys)
    self:draw(model)
    imgui.End(ctx)
  end
  return open
end

function View:read_keys(model, keys)
  local imgui, ctx = self.imgui, self.ctx
  if imgui.IsAnyItemActive(ctx) or not imgui.IsWindowFocused(ctx, imgui.FocusedFlags_RootAndChildWindows) then return end
  if imgui.IsKeyPressed(ctx, imgui.Key_Z) and imgui.IsKeyDown(ctx, imgui.Mod_Ctrl) then return keys.press(model, "undo") end
  for name, key in pairs(KEYS) do
    if imgui.IsKeyPressed(ctx, imgui["Key_" .. name]) then keys.press(model, key) end
  end
end

function View:draw(model)
  local imgui, ctx = self.imgui, self.ctx
  self:header(model)
  self:tools(model)
  self:sliders(model)
  local _, room = imgui.GetContentRegionAvail(ctx)
  self:list(model, math.max(60, room - 4 * imgui.GetFrameHeightWithSpacing(ctx)))
  self:message(model)
  self:buttons(model)
  for _, line in ipairs(keys_.help(model)) do imgui.TextDisabled(ctx, line) end
end

function View:header(model)
  local imgui, ctx, query = self.imgui, self.ctx, model.query
  local what = "Select an item and press N."
  if query then
    what = "Similar to " .. query.label
    if query.start_s then what = ("%s  (%.2f to %.2f s)"):format(what, query.start_s, query.end_s) end
  end
  imgui.Text(ctx, what)
  imgui.SameLine(ctx)
  imgui.TextDisabled(ctx, "   " .. model.status)
end

function View:tools(model)
  local imgui, ctx = self.imgui, self.ctx
  if model.focus == "filter" then -- the field below takes over
    imgui.SetKeyboardFocusHere(ctx)
    model:set_focus("list")
  end
  imgui.SetNextItemWidth(ctx, 270)
  local typed, text = imgui.InputTextWithHint(ctx, "##filter", HINT, model.filter)
  if typed then model:set_filter(text) end
  for _, name in ipairs(model_.TOGGLES) do
    imgui.SameLine(ctx)
    if imgui.Checkbox(ctx, TOGGLE_LABELS[name], model.toggles[name]) then model:toggle(name) end
  end
end

function View:sliders(model)
  local imgui, ctx = self.imgui, self.ctx
  local wide = (WIDTH - 84) // math.max(1, #model.aspects)
  for n, name in ipairs(model.aspects) do
    if n > 1 then imgui.SameLine(ctx) end
    imgui.SetNextItemWidth(ctx, wide)
    local chosen = model.focus == "weights" and model.aspect == n
    local moved, value = imgui.SliderDouble(ctx, "##" .. name, model.weights[n], 0, model_.HIGHEST, (chosen and "> " or "") .. name .. " %.2f")
    if moved then model:set_weight(n, value) end
  end
end

function View:list(model, height)
  local imgui, ctx = self.imgui, self.ctx
  local flags = imgui.TableFlags_RowBg | imgui.TableFlags_ScrollY | imgui.TableFlags_Resizable
  if not imgui.BeginTable(ctx, "hits", #rows.COLUMNS, flags, 0, height) then return end
  imgui.TableSetupScrollFreeze(ctx, 0, 1)
  for n, label in ipairs(rows.COLUMNS) do
    imgui.TableSetupColumn(ctx, label, n == 1 and imgui.TableColumnFlags_WidthStretch or imgui.TableColumnFlags_WidthFixed)
  end
  imgui.TableHeadersRow(ctx)
  if not self.clipper or not imgui.ValidatePtr(self.clipper, "ImGui_ListClipper*") then
    self.clipper = imgui.CreateListClipper(ctx)
  end
  local clipper, moved = self.clipper, model.selected ~= self.seen
  imgui.ListClipper_Begin(clipper, #model.hits)
  if moved and model.selected > 0 then imgui.ListClipper_IncludeItemByIndex(clipper, model.selected - 1) end
  while imgui.ListClipper_Step(clipper) do
    local first, stop = imgui.ListClipper_GetDisplayRange(clipper)
    for n = first + 1, stop do self:row(model, n, moved) end
  end
  self.seen = model.selected
  imgui.EndTable(ctx)
end

function View:row(model, n, moved)
  local imgui, ctx, hit = self.imgui, self.ctx, model.hits[n]
  if not hit then return end
  local cells = rows.cells(hit)
  imgui.TableNextRow(ctx)
  imgui.TableNextColumn(ctx)
  local flags = imgui.SelectableFlags_SpanAllColumns | imgui.SelectableFlags_AllowDoubleClick
  if imgui.Selectable(ctx, cells[1] .. "##" .. n, n == model.selected, flags) then
    model:select(n)
    if imgui.IsMouseDoubleClicked(ctx, imgui.MouseButton_Left) then model:act("insert") end
  end
  if moved and n == model.selected then imgui.SetScrollHereY(ctx, 0.5) end
  for column = 2, #cells do
    imgui.TableNextColumn(ctx)
    imgui.Text(ctx, cells[column])
  end
end

function View:message(model)
  local imgui, ctx, hit, text = self.imgui, self.ctx, model:hit(), model.message
  if text ~= "" then return imgui.TextColored(ctx, 0xEDB866FF, text) end
  if model.state == "asking" then text = "Asking…" end
  if model.state == "results" then text = ("%d of %d   %s"):format(model.selected, model.total, hit and rows.place(hit) or "") end
  imgui.TextDisabled(ctx, text == "" and " " or text)
end

function View:buttons(model)
  local imgui, ctx = self.imgui, self.ctx
  for n, button in ipairs(BUTTONS) do
    if n > 1 then imgui.SameLine(ctx) end
    if imgui.Button(ctx, button[1]) then model:act(button[2]) end
  end
  imgui.SameLine(ctx)
  if imgui.Button(ctx, "More like this") then model:walk() end
  imgui.SameLine(ctx)
  if imgui.Button(ctx, "Back") then model:back() end
end

return M
