// The module `_fast`: what each function takes and returns stands in `_fast.pyi`.
#include <exception>

#include "arrays.hpp"

namespace {

using perception::Arguments;

template <PyObject* (*function)(Arguments&), Py_ssize_t wanted>
PyObject* call(PyObject*, PyObject* const* items, Py_ssize_t count) {
  if (count != wanted) {
    return PyErr_Format(PyExc_TypeError, "%zd arguments instead of %zd", count, wanted);
  }
  try {
    Arguments arguments(items);
    return function(arguments);
  } catch (const perception::PythonError&) {
    return nullptr;
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
}

template <PyObject* (*function)(Arguments&), Py_ssize_t wanted>
PyMethodDef entry(const char* name) {
  const auto called = reinterpret_cast<void (*)()>(call<function, wanted>);
  return {name, reinterpret_cast<PyCFunction>(called), METH_FASTCALL, nullptr};
}

PyMethodDef methods[] = {
    entry<perception::runs, 9>("runs"),
    entry<perception::shapes, 16>("shapes"),
    entry<perception::predict, 3>("predict"),
    entry<perception::pairs, 3>("pairs"),
    entry<perception::cheapest, 1>("cheapest"),
    entry<perception::update, 8>("update"),
    entry<perception::unknown, 3>("unknown"),
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_fast", nullptr, 0, methods, nullptr, nullptr, nullptr, nullptr,
};

}  // namespace

PyMODINIT_FUNC PyInit__fast() { return PyModule_Create(&module); }
