-- @noindex
-- The panel in REAPER's own gfx window: needs no extension. Draws only when something has changed.

local M = {}

local keys_ = require("keys")
local model_ = require("model")
local paint_ = require("paint")
local rows = require("rows")

local WIDTH, HEIGHT, ROW, PAD = 700, 460, 20, 6
local CODES = { [30064] = "up", [1685026670] = "down", [1818584692] = "left", [1919379572] = "right", [1885828464] = "pageup",
  [1885824110] = "pagedown", [1752132965] = "home", [6647396] = "end", [13] = "enter", [27] = "escape", [9] = "tab",
  [8] = "backspace", [26] = "undo" }
local TOGGLE_LABELS = { auto = "Auto", gain = "Gain", tempo = "Tempo", bar = "On bar", loop = "Loop", fit = "Fit item" }
local BUTTONS = { { "Insert", "insert" }, { "Replace", "replace" }, { "As take", "take" }, { "RS5k", "rs5k" },
  { "Show file", "reveal" } }
local COLUMNS = { 1, 110, 70, 60, 50 } -- the first takes what is left
local MOST_KEYS = 16
local DOUBLE_S = 0.4

local View = {}
View.__index = View

-- Opens the window; `dock` is the dock state it was last closed in.
function M.open(dock)
  gfx.ext_retina = 1
  gfx.init("Similar samples", WIDTH, HEIGHT, math.floor(tonumber(dock) or 0))
  local view = setmetatable({ paint = paint_.new(), top = 1, seen = 0, drawn = "" }, View)
  view.scale = gfx.ext_retina > 1 and gfx.ext_retina or 1
  gfx.setfont(1, "Arial", math.floor(14 * view.scale))
  return view
end

function View:dock() return (gfx.dock(-1)) end

function View:close() gfx.quit() end

-- One frame: keys, mouse, drawing. False once the user has closed the window.
function View:frame(model, keys)
  for _ = 1, MOST_KEYS do
    local char = gfx.getchar()
    if char < 0 then return false end
    if char == 0 then break end
    local name = CODES[char] or self.character(char)
    if name then keys.press(model, name) end
  end
  self:mouse(model)
  self:follow(model)
  local now = table.concat({ model.version, self.top, gfx.w, gfx.h }, " ")
  if now ~= self.drawn then
    self.drawn = now
    self:draw(model)
  end
  gfx.update()
  return true
end

-- A typed character: plain, or 'u' and its code point in the lower bytes.
function View.character(char)
  if char >= 32 and char < 127 or char >= 160 and char < 256 then return utf8.char(char) end
  if char >> 24 == 0x75 then return utf8.char(char & 0xffffff) end
end

function View:mouse(model)
  local down = gfx.mouse_cap & 1 == 1
  if down and not self.held then
    local zone = self.paint:at(gfx.mouse_x, gfx.mouse_y)
    self.held = zone or true
    if zone then self:press(zone, model) end
  elseif down and type(self.held) == "table" and self.held.drag then
    self.held.drag(gfx.mouse_x, gfx.mouse_y)
  elseif not down then
    self.held = nil
  end
  if gfx.mouse_wheel ~= 0 then
    self.top = self.top - (gfx.mouse_wheel > 0 and 3 or -3)
    gfx.mouse_wheel = 0
    self.seen = model.selected -- a turned wheel may leave the selection behind
  end
end

function View:press(zone, model)
  local now = reaper.time_precise()
  local again = zone.double and self.pressed == zone.double and now - (self.pressed_at or 0) < DOUBLE_S
  self.pressed, self.pressed_at = zone.double, now
  if again then return model:act("insert") end
  zone.click(gfx.mouse_x, gfx.mouse_y)
end

-- Keeps the selection in sight when it has moved, and the list within its ends.
function View:follow(model)
  local visible = self:visible()
  if model.selected ~= self.seen then
    self.seen = model.selected
    if model.selected < self.top then self.top = model.selected end
    if model.selected >= self.top + visible then self.top = model.selected - visible + 1 end
  end
  self.top = math.max(1, math.min(self.top, #model.hits - visible + 1))
end

function View:unit(n) return math.floor(n * self.scale + 0.5) end

function View:visible() return math.max(1, (gfx.h - self:unit(8 * ROW + 6 * PAD)) // self:unit(ROW)) end

-- ---- drawing ----

function View:draw(model)
  local paint, pad, row = self.paint, self:unit(PAD), self:unit(ROW)
  paint:begin()
  gfx.setfont(1)
  local y = pad
  for _, part in ipairs({ "header", "tools", "sliders", "columns" }) do
    self[part](self, model, pad, y, gfx.w - 2 * pad, row)
    y = y + row + pad
  end
  self:list(model, pad, y - pad, gfx.w - 2 * pad, row)
  y = gfx.h - 4 * row - 2 * pad
  self:message(model, pad, y, gfx.w - 2 * pad, row)
  self:buttons(model, pad, y + row + pad, gfx.w - 2 * pad, row)
  for n, line in ipairs(keys_.help(model)) do
    paint:fitted(line, pad, y + (n + 1) * row + 2 * pad - n, gfx.w - 2 * pad, row, "dim")
  end
end

function View:header(model, x, y, w, h)
  local query, what = model.query, "Select an item and press N."
  if query then
    what = "Similar to " .. query.label
    if query.start_s then what = ("%s  (%.2f to %.2f s)"):format(what, query.start_s, query.end_s) end
  end
  local side = self:unit(190)
  self.paint:fitted(what, x, y, w - side, h, "text")
  self.paint:text(model.status, x + w - side, y, side, h, "dim", "right")
end

function View:tools(model, x, y, w, h)
  local paint, each = self.paint, self:unit(58)
  local left = w - #model_.TOGGLES * (each + self:unit(4))
  paint:box(x, y, left - self:unit(4), h, model.focus == "filter" and "focus" or "line", true)
  local empty = model.filter == "" and model.focus ~= "filter"
  local shown = empty and "Filter, such as  kind:oneshot dur<1.5 -name:loop" or model.filter .. (model.focus == "filter" and "|" or "")
  paint:fitted(shown, x + self:unit(4), y, left - self:unit(12), h, empty and "dim" or "text")
  paint:zone(x, y, left, h, function() model:set_focus("filter") end)
  for n, name in ipairs(model_.TOGGLES) do
    paint:button(TOGGLE_LABELS[name], x + left + (n - 1) * (each + self:unit(4)), y, each, h, model.toggles[name],
      function() model:toggle(name) end)
  end
end

function View:sliders(model, x, y, w, h)
  local paint, each = self.paint, w // math.max(1, #model.aspects)
  for n, name in ipairs(model.aspects) do
    local left, wide = x + (n - 1) * each, each - self:unit(4)
    paint:box(left, y, wide, h, "button")
    paint:box(left, y, math.floor(wide * model.weights[n] / model_.HIGHEST), h, "on")
    if model.focus == "weights" and model.aspect == n then paint:box(left, y, wide, h, "focus", true) end
    paint:text(("%s %.2f"):format(name, model.weights[n]), left, y, wide, h, "text", "centre")
    local function set(mouse_x)
      model.aspect = n
      model:set_weight(n, math.floor((mouse_x - left) / wide * model_.HIGHEST * 4 + 0.5) / 4)
    end
    paint:zone(left, y, wide, h, set, set)
  end
end

-- Calls draw(column, x, width) for each column of the list.
function View:each_column(x, w, draw)
  local rest = w
  for n = 2, #COLUMNS do rest = rest - self:unit(COLUMNS[n]) end
  for n = 1, #COLUMNS do
    local wide = n == 1 and rest or self:unit(COLUMNS[n])
    draw(n, x, wide)
    x = x + wide
  end
end

function View:columns(_, x, y, w, h)
  self:each_column(x, w, function(n, left, wide)
    self.paint:text(rows.COLUMNS[n], left + self:unit(4), y, wide - self:unit(8), h, "dim")
  end)
  self.paint:box(x, y + h, w, 1, "line")
end

function View:list(model, x, y, w, h)
  for n = self.top, math.min(#model.hits, self.top + self:visible() - 1) do
    local hit, at = model.hits[n], n
    local colour = n == model.selected and "chosen" or n % 2 == 0 and "row" or "back"
    self.paint:box(x, y, w, h, colour)
    local cells = rows.cells(hit)
    self:each_column(x, w, function(column, left, wide)
      left, wide = left + self:unit(4), wide - self:unit(8)
      if column == 1 then return self.paint:fitted(cells[1], left, y, wide, h) end
      if column == 2 then
        local bar = self:unit(60)
        self.paint:box(left, y + h // 3, math.floor(bar * math.max(0, math.min(1, hit.score))), h // 3, "bar")
        left, wide = left + bar + self:unit(4), wide - bar - self:unit(4)
      end
      self.paint:text(cells[column], left, y, wide, h)
    end)
    self.paint:zone(x, y, w, h, function() model:select(at) end, nil, "row" .. at)
    y = y + h
  end
end

function View:message(model, x, y, w, h)
  local hit, text = model:hit(), model.message
  local plain = text == ""
  if plain and model.state == "asking" then text = "Asking…" end
  if plain and model.state == "results" then
    text = ("%d of %d   %s"):format(model.selected, model.total, hit and rows.place(hit) or "")
  end
  self.paint:box(x, y, w, 1, "line")
  self.paint:fitted(text, x, y, w, h, plain and "dim" or "warn")
end

function View:buttons(model, x, y, _, h)
  local wide, gap = self:unit(84), self:unit(4)
  for _, button in ipairs(BUTTONS) do
    self.paint:button(button[1], x, y, wide, h, false, function() model:act(button[2]) end)
    x = x + wide + gap
  end
  self.paint:button("More like this", x, y, wide + self:unit(16), h, false, function() model:walk() end)
  self.paint:button("Back", x + wide + self:unit(20), y, wide - self:unit(24), h, false, function() model:back() end)
end

return M
